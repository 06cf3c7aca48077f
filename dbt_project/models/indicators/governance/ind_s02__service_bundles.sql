{{ count_in_force(
    'government_services',
    'gov_bundle',
    'bundle_code',
    lasts_on('thing.online_on', 'thing.offline_on') ~ " and thing.level = 'district'",
    subdistricts=false
) }}
