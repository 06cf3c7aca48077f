{{ staged_event('ecommerce_gmv', 'ecm_return', day_in_key=true) }}
