{{ staged_event('elderly_services', 'eld_course') }}
