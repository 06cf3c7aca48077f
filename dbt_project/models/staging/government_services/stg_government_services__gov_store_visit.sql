{{ staged_event('government_services', 'gov_store_visit', day_in_key=true) }}
