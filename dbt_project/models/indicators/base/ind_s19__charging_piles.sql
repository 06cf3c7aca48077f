{{ count_in_force(
    'charging', 'chg_pile', 'pile_id',
    lasts_on('thing.began_on', 'thing.ended_on')
) }}
