{{ count_in_force(
    'city_operations',
    'cop_scenario',
    'scenario_code',
    lasts_on('thing.online_on', 'thing.offline_on'),
    subdistricts=false
) }}
