{{ count_in_force(
    'commerce_outlets', 'com_breakfast_outlet', 'outlet_code',
    "thing.outlet_type = 'ai' and " ~ lasts_on('thing.opened_on', 'thing.closed_on')
) }}
