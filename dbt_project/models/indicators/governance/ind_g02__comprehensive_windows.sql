{{ share_in_force(
    'government_services',
    'gov_window',
    part='comprehensive_since <= period_end',
    columns=['comprehensive_since'],
    condition=lasts_on('thing.opened_on', 'thing.closed_on')
) }}
