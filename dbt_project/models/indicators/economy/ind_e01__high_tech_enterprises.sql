{{ count_in_force(
    'enterprise_registry', 'ent_certificate', 'uscc',
    lasts_on('thing.certified_on', 'thing.expires_on')
    ~ ' and ' ~ lasts_on('thing.registered_on', 'thing.moved_out_on')
) }}
