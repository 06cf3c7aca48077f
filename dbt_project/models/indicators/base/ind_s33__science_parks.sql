{{ count_in_force(
    'innovation_carriers', 'inv_carrier', 'carrier_code',
    "thing.carrier_type = 'science_park' and " ~ lasts_on('thing.recognised_on', 'thing.withdrawn_on')
) }}
