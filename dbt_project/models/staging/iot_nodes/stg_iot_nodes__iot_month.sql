{{ staged_event('iot_nodes', 'iot_month', day_in_key=true) }}
