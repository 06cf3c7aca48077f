{{ count_in_force(
    'parking',
    'prk_lot',
    'lot_code',
    lasts_on('thing.networked_on', 'thing.deregistered_on'),
    relation='dim_parking_lot'
) }}
