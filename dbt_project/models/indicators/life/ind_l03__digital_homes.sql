{{ count_in_force(
    'community_registry',
    'hom_digital_home',
    'home_code',
    lasts_on('thing.accepted_on', 'thing.withdrawn_on')
) }}
