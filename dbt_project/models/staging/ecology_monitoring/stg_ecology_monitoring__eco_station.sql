{{ staged_register('ecology_monitoring', 'eco_station') }}
