{{ count_in_force(
    'enterprise_registry', 'ent_listing', 'uscc',
    "thing.list_code = 'innovative' and " ~ lasts_on('thing.recognised_on', 'thing.removed_on')
    ~ ' and ' ~ lasts_on('thing.registered_on', 'thing.moved_out_on')
) }}
