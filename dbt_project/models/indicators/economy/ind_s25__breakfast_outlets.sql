{{ count_in_force(
    'commerce_outlets', 'com_breakfast_outlet', 'outlet_code',
    lasts_on('thing.opened_on', 'thing.closed_on')
) }}
