{{ share_in_force(
    'data_catalogue',
    'dcat_resource',
    part="mounted_on <= period_end and share_type != 'exempt'",
    columns=['mounted_on', 'share_type'],
    condition=lasts_on('thing.catalogued_on', 'thing.withdrawn_on'),
    subdistricts=false
) }}
