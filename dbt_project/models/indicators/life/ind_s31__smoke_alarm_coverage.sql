{{ share_in_force(
    'elderly_services',
    'eld_home',
    part=lasts_on('alarm_installed_on', 'alarm_removed_on', day='period_end'),
    columns=['alarm_installed_on', 'alarm_removed_on'],
    condition=lasts_on('thing.listed_on', 'thing.delisted_on')
) }}
