{{ staged_event('government_services', 'gov_case') }}
