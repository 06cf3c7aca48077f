{{ count_in_force(
    'culture_tourism', 'cul_hotel', 'hotel_code',
    lasts_on('thing.digital_accepted_on', 'thing.closed_on')
) }}
