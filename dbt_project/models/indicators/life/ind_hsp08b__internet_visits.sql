with period as (
    {{ delivered_periods('hospital_interconnect', 'hsp_visit') }}
)

, visit_day as (
    select
        period.*,
        org.subdistrict_code,
        fact.visit_type,
        fact.visits,
        fact.batch_ids
    from period
    inner join {{ ref('fct_hospital_visit_day') }} as fact on fact.dt between period.period_start and period.period_end
    left join {{ ref('stg_hospital_interconnect__hsp_org') }} as org
        on fact.org_code = org.org_code and {{ in_force('org', 'period.period_end') }}
    where fact.visit_type in ('互联网')
)

{{ observations(
    'visit_day',
    numerator='sum(visits)',
    periods='period',
    batches='batch_ids',
    batches_are_lists=true
) }}
