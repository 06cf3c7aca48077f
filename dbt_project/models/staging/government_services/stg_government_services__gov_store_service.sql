{{ staged_register('government_services', 'gov_store_service') }}
