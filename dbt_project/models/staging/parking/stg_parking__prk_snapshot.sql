{{ staged_event('parking', 'prk_snapshot', day_in_key=true) }}
