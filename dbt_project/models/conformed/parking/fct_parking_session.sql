{{ config(**replace_partitions(['stg_parking__prk_event'], prepared='find_days_of_stays', completed='build_other_slices')) }}
-- One row per stay: entry and exit of one car park and serial number, paired by when they happened and not by when they came, as
-- pushes arrive out of order. They belong together within 72 hours; a void entry is no stay. The day is that of the entry, or of the
-- exit where no entry is known. A device ahead of its reception has the time of reception as corrected time; the delivered time stays
-- in staging. A negative duration is none: the stay counts, its length does not.
-- Nothing further away than 72 hours has a say in what an event is (a serial number may come again, decision 48), so that a day
-- is built from the days around it: macros/stays.sql. Nearly every serial number has one entry and one exit that belong together, or
-- one of them alone: those are read in one pass (plain_stay), and only the others are compared event by event (decision 64).
{%- set delivered_event -%}
    select
        event_id,
        lot_code,
        session_no,
        event_type,
        receive_time,
        parked_seconds,
        _batch_id,
        {{ is_clock_ahead() }} as is_ahead,
        {{ corrected_event_time() }} as corrected_time
    from {{ ref('stg_parking__prk_event') }}
    where {{ days_of_stays_only() }}
{%- endset %}
with serial_number as (
    select
        lot_code,
        session_no,
        count(*) as events,
        min(corrected_time) filter (where event_type = 'enter') as entered_at,
        min(corrected_time) filter (where event_type = 'leave') as left_at,
        bool_or(is_ahead) as is_clock_corrected,
        min(receive_time) filter (where event_type = 'enter') as entry_received,
        min(receive_time) filter (where event_type = 'leave') as exit_received,
        min(parked_seconds) filter (where event_type = 'leave') as parked_seconds,
        any_value(_batch_id) filter (where event_type = 'enter') as entry_batch_id,
        any_value(_batch_id) filter (where event_type = 'leave') as exit_batch_id
    from ({{ delivered_event }}) as delivered_event
    group by lot_code, session_no
)

, judged_number as (
    select
        *,
        case events
            when 1 then coalesce(entered_at, left_at) is not null
            when 2 then coalesce({{ seconds_between('entered_at', 'left_at') }} between 0 and {{ stay_seconds() }}, false)
            else false
        end as is_plain
    from serial_number
)

, event as (
    select delivered_event.*
    from ({{ delivered_event }}) as delivered_event
    inner join judged_number
        on delivered_event.lot_code = judged_number.lot_code and delivered_event.session_no = judged_number.session_no
    where not judged_number.is_plain
)

-- of repeated entries or exits the first one counts
, first_event as (
    select *
    from (
        select
            *,
            lag(corrected_time) over (partition by lot_code, session_no, event_type order by corrected_time, event_id) as previous_time
        from event
        where event_type in ('enter', 'leave')
    ) as numbered
    where previous_time is null or {{ seconds_between('previous_time', 'corrected_time') }} > {{ stay_seconds() }}
)

, entry as (
    select *
    from first_event
    where
        event_type = 'enter'
        and not exists (
            select 1 from event as void
            where
                void.event_type = 'void'
                and void.lot_code = first_event.lot_code
                and void.session_no = first_event.session_no
                and abs({{ seconds_between('void.corrected_time', 'first_event.corrected_time') }}) <= {{ stay_seconds() }}
        )
)

, departure as (
    select * from first_event where event_type = 'leave'
)

-- an outer join on a span of time compares everything with everything: pairs first, then what found no partner
, pair as (
    select
        entry.event_id as entry_event_id,
        departure.event_id as departure_event_id
    from entry
    inner join departure on entry.lot_code = departure.lot_code and entry.session_no = departure.session_no
    where {{ seconds_between('entry.corrected_time', 'departure.corrected_time') }} between 0 and {{ stay_seconds() }}
)

, matched as (
    select
        entry_event_id,
        departure_event_id
    from pair
    union all
    select
        entry.event_id as entry_event_id,
        null as departure_event_id
    from entry
    where not exists (select 1 from pair where pair.entry_event_id = entry.event_id)
    union all
    select
        null as entry_event_id,
        departure.event_id as departure_event_id
    from departure
    where not exists (select 1 from pair where pair.departure_event_id = departure.event_id)
)

, compared_stay as (
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
        departure._batch_id as exit_batch_id
    from matched
    left join entry on matched.entry_event_id = entry.event_id
    left join departure on matched.departure_event_id = departure.event_id
)

, plain_stay as (
    select
        lot_code,
        session_no,
        entered_at,
        left_at,
        is_clock_corrected,
        coalesce(exit_received < entry_received, false) as is_exit_first,
        coalesce(parked_seconds < 0, false) as is_duration_refused,
        case when parked_seconds >= 0 then parked_seconds end as parked_seconds,
        entry_batch_id,
        exit_batch_id
    from judged_number
    where is_plain
)

, stay as (
    select
        *,
        cast({{ district_local('coalesce(entered_at, left_at)') }} as date) as dt
    from (
        select * from plain_stay
        union all
        select * from compared_stay
    ) as both_kinds
)

-- in order of days, so that days are found again without reading all of them
select * from stay where {{ slice_of_stays_only() }}
order by dt
