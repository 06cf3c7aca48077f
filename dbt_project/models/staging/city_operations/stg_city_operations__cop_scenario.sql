{{ staged_register('city_operations', 'cop_scenario') }}
