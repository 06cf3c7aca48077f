{{ count_in_force(
    'sports_venues',
    'spt_venue',
    'venue_code',
    lasts_on('thing.upgrade_accepted_on', 'thing.closed_on')
) }}
