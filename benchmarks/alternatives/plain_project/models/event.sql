select
    eventId as event_id,
    parkId as lot_code,
    parkingSerial as session_no,
    eventType as event_type,
    make_timestamp(try_cast(eventTime as bigint) * 1000) as event_time,
    make_timestamp(try_cast(receiveTime as bigint) * 1000) as receive_time,
    sha256('benchmark' || plate) as plate_hash,
    try_cast(parkingTime as bigint) as parked_seconds,
    try_cast(totalValue as bigint) / 100 as amount_due,
    try_cast(paidValue as bigint) / 100 as amount_paid,
    try_cast(freeValue as bigint) / 100 as discount
from {{ source('raw', 'raw_event') }}
qualify row_number() over (partition by eventId order by receiveTime desc) = 1
