{{ config(**replace_when_changed(['stg_parking__prk_event'])) }}
-- One row per stay: entry and exit of one car park and serial number, paired by when they happened and not by when they came, as
-- pushes arrive out of order. They belong together within 72 hours; a void entry is no stay. The day is that of the entry, or of the
-- exit where no entry is known. A device ahead of its reception has the time of reception as corrected time; the delivered time stays
-- in staging. A negative duration is none: the stay counts, its length does not.
with event as (
    select
        event_id,
        lot_code,
        session_no,
        event_type,
        receive_time,
        parked_seconds,
        _batch_id,
        coalesce({{ seconds_between('receive_time', 'event_time') }} > 60 * {{ var('parking_clock_skew_minutes') }}, false) as is_ahead,
        case
            when {{ seconds_between('receive_time', 'event_time') }} > 60 * {{ var('parking_clock_skew_minutes') }} then receive_time
            else event_time
        end as corrected_time
    from {{ ref('stg_parking__prk_event') }}
    where {{ something_changed() }}
)

, entry as (
    select *
    from event
    where
        event_type = 'enter'
        and not exists (
            select 1 from event as void
            where void.event_type = 'void' and void.lot_code = event.lot_code and void.session_no = event.session_no
        )
    qualify row_number() over (partition by lot_code, session_no order by corrected_time, event_id) = 1
)

, departure as (
    select *
    from event
    where event_type = 'leave'
    qualify row_number() over (partition by lot_code, session_no order by corrected_time, event_id) = 1
)

select
    coalesce(entry.lot_code, departure.lot_code) as lot_code,
    coalesce(entry.session_no, departure.session_no) as session_no,
    entry.corrected_time as entered_at,
    departure.corrected_time as left_at,
    coalesce(entry.is_ahead, false) or coalesce(departure.is_ahead, false) as is_clock_corrected,
    coalesce(departure.receive_time < entry.receive_time, false) as is_exit_first,
    coalesce(departure.parked_seconds < 0, false) as is_duration_refused,
    case when departure.parked_seconds >= 0 then departure.parked_seconds end as parked_seconds,
    entry._batch_id as entry_batch_id,
    departure._batch_id as exit_batch_id,
    cast({{ district_local('coalesce(entry.corrected_time, departure.corrected_time)') }} as date) as dt
from entry
full join departure
    on
        entry.lot_code = departure.lot_code
        and entry.session_no = departure.session_no
        and {{ seconds_between('entry.corrected_time', 'departure.corrected_time') }} between 0 and 3600 * {{ var('parking_session_hours') }}
