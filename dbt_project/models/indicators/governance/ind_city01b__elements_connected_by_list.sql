{{ share_in_force(
    'city_operations',
    'cop_element',
    part='connected_on <= period_end',
    columns=['connected_on'],
    condition=lasts_on('thing.listed_on', 'thing.removed_on'),
    subdistricts=false
) }}
