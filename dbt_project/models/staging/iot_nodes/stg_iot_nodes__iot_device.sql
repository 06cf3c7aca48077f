{{ staged_register('iot_nodes', 'iot_device') }}
