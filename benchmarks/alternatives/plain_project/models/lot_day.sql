select
    lot_code,
    cast(event_time + interval 8 hour as date) as day,
    count(*) filter (event_type = 'enter') as enters,
    avg(parked_seconds) as parked_seconds,
    sum(amount_paid) as amount_paid
from {{ ref('event') }}
group by all
