{{ config(**replace_partitions(['fct_hospital_report', 'stg_hospital_interconnect__hsp_daily_ledger'])) }}
-- Per institution, day of issue and report type: what the institution says it issued, what came in, what came in time.
with received as (
    select
        dt,
        org_code,
        report_type,
        count(distinct report_uid) as reports_received,
        count(distinct case when image_uploaded then report_uid end) as images_uploaded,
        count(distinct case when lag_seconds > -60 * {{ var('hospital_clock_skew_minutes') }} then report_uid end) as reports_timed,
        count(
            distinct case
                when
                    lag_seconds > -60 * {{ var('hospital_clock_skew_minutes') }}
                    and lag_seconds <= 3600 * {{ var('hospital_upload_sla_hours') }}
                    then report_uid
            end
        ) as reports_in_time,
        array_agg(distinct _batch_id) as batch_ids
    from (
        select
            *,
            {{ seconds_between('issued_time', 'receive_time') }} as lag_seconds
        from {{ ref('fct_hospital_report') }}
        where {{ touched_only() }}
    ) as report
    group by dt, org_code, report_type
)

, issued as (
    select
        dt,
        org_code,
        report_type,
        sum(issued_count) as reports_issued,
        array_agg(distinct _batch_id) as batch_ids
    from {{ ref('stg_hospital_interconnect__hsp_daily_ledger') }}
    where {{ touched_only() }}
    group by dt, org_code, report_type
)

select
    coalesce(issued.org_code, received.org_code) as org_code,
    coalesce(issued.report_type, received.report_type) as report_type,
    -- NULL, not zero, where the institution filed no ledger
    cast(issued.reports_issued as bigint) as reports_issued,
    cast(coalesce(received.reports_received, 0) as bigint) as reports_received,
    cast(coalesce(received.reports_timed, 0) as bigint) as reports_timed,
    cast(coalesce(received.reports_in_time, 0) as bigint) as reports_in_time,
    cast(coalesce(received.images_uploaded, 0) as bigint) as images_uploaded,
    {{ distinct_batches(both_lists('issued.batch_ids', 'received.batch_ids')) }} as batch_ids,
    coalesce(issued.dt, received.dt) as dt
from issued
full join received
    on issued.dt = received.dt and issued.org_code = received.org_code and issued.report_type = received.report_type
