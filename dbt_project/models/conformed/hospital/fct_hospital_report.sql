{{ config(**replace_partitions(['stg_hospital_interconnect__hsp_report'], crossing=['report_uid'])) }}
-- Reports in force, one row each, on the day they were issued: the highest version with a final or corrected status;
-- a report whose highest version is cancelled or entered in error is withdrawn.
select
    report_uid,
    version_no,
    org_code,
    report_type,
    issued_time,
    receive_time,
    image_uploaded,
    _batch_id,
    dt
from {{ ref('stg_hospital_interconnect__hsp_report') }}
where {{ touched_rows(['report_uid']) }}
qualify
    row_number() over (
        partition by report_uid
        order by
            case when status in ('final', 'corrected', 'cancelled', 'entered-in-error') then 0 else 1 end,
            version_no desc nulls last,
            _batch_order desc nulls last
    ) = 1
    and status in ('final', 'corrected')
