{{ staged_register('network_coverage', 'net_cell') }}
