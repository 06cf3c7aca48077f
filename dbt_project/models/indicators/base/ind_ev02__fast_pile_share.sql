{{ share_in_force(
    'charging', 'chg_pile',
    part=is_fast_pile(),
    columns=['equipment_type', 'power_kw'],
    condition=lasts_on('thing.began_on', 'thing.ended_on')
) }}
