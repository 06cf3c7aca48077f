{{ count_in_force(
    'government_services',
    'gov_store_service',
    'service_code',
    lasts_on('thing.online_on', 'thing.offline_on'),
    subdistricts=false
) }}
