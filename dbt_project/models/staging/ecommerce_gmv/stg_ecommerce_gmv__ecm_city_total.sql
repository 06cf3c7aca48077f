{{ staged_event('ecommerce_gmv', 'ecm_city_total', day_in_key=true) }}
