{{ staged_event('iot_nodes', 'iot_heartbeat', day_in_key=true) }}
