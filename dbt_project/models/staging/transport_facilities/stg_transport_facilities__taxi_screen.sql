{{ staged_register('transport_facilities', 'taxi_screen') }}
