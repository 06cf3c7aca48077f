{{ count_in_force(
    'charging', 'chg_pile', 'pile_id',
    is_fast_pile('thing.') ~ ' and ' ~ lasts_on('thing.began_on', 'thing.ended_on')
) }}
