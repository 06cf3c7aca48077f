{{ staged_event('city_operations', 'cop_heartbeat', day_in_key=true) }}
