{{ count_in_force(
    'culture_tourism', 'cul_hotel', 'hotel_code',
    lasts_on('thing.online_booking_on', 'thing.closed_on')
) }}
