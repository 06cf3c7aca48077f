{{ staged_register('enterprise_registry', 'ent_certificate') }}
