{{ staged_event('ecommerce_gmv', 'ecm_order') }}
