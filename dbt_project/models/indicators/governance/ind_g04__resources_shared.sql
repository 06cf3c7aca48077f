{{ share_in_force(
    'data_catalogue',
    'dcat_resource',
    part='mounted_on <= period_end',
    columns=['mounted_on'],
    condition=lasts_on('thing.catalogued_on', 'thing.withdrawn_on') ~ " and thing.share_type in ('unconditional', 'conditional')",
    subdistricts=false
) }}
