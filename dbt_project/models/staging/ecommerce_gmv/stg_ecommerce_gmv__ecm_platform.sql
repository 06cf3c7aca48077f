{{ staged_register('ecommerce_gmv', 'ecm_platform') }}
