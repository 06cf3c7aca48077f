with period as (
    {{ delivered_periods('hospital_interconnect', 'hsp_report') }}
)

, institution_day as (
    select
        period.*,
        org.subdistrict_code,
        fact.*
    from period
    inner join {{ ref('fct_hospital_report_day') }} as fact on fact.dt between period.period_start and period.period_end
    left join {{ ref('stg_hospital_interconnect__hsp_org') }} as org
        on fact.org_code = org.org_code and {{ in_force('org', 'period.period_end') }}
)

{{ observations(
    'institution_day',
    numerator='sum(reports_in_time)',
    denominator='sum(reports_timed)',
    batches='batch_ids',
    batches_are_lists=true
) }}
