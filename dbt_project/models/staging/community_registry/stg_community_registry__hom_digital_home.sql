{{ staged_register('community_registry', 'hom_digital_home') }}
