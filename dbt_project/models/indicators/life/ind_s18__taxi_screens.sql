{{ count_in_force(
    'transport_facilities', 'taxi_screen', 'screen_code',
    lasts_on('thing.accepted_on', 'thing.removed_on')
) }}
