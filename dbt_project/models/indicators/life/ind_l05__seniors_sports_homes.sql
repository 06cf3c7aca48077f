{{ count_in_force(
    'sports_venues',
    'spt_senior_home',
    'home_code',
    lasts_on('thing.opened_on', 'thing.closed_on')
) }}
