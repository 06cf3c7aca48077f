{{ staged_register('government_services', 'gov_window') }}
