{{ share_in_force(
    'elderly_services',
    'eld_senior',
    part=lasts_on('served_from', 'served_to', day='period_end'),
    columns=['served_from', 'served_to'],
    condition=lasts_on('thing.eligible_from', 'thing.eligible_to')
) }}
