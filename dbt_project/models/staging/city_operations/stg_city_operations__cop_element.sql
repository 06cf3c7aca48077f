{{ staged_register('city_operations', 'cop_element') }}
