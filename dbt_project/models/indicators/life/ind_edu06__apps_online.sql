{{ count_in_force(
    'education_base',
    'edu_app',
    'app_id',
    lasts_on('thing.online_date', 'thing.offline_date'),
    subdistricts=false
) }}
