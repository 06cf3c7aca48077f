{{ staged_event('parking', 'prk_event') }}
