{{ staged_register('elderly_services', 'eld_senior') }}
