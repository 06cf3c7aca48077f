{{ count_in_force(
    'commerce_outlets', 'com_food_market', 'market_code',
    lasts_on('thing.smart_accepted_on', 'thing.closed_on')
) }}
