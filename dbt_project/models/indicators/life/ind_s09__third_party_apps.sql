{{ count_in_force(
    'education_base',
    'edu_app',
    'app_id',
    "thing.app_type = 'third_party' and " ~ lasts_on('thing.online_date', 'thing.offline_date'),
    subdistricts=false
) }}
