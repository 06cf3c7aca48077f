{{ count_in_force(
    'education_base',
    'edu_org',
    'org_code',
    "thing.status = 'active' and " ~ lasts_on('thing.base_onboard_date')
) }}
