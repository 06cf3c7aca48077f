with period as (
    {{ stock_months('hospital_interconnect', 'hsp_org') }}
)

, licensed as (
    select
        period.*,
        org.org_code,
        org.subdistrict_code,
        org._batch_id
    from period
    inner join {{ ref('stg_hospital_interconnect__hsp_org') }} as org on {{ in_force('org', 'period.period_end') }}
    where
        org.internet_hospital_licensed
        and org.licence_date <= period.period_end
        and coalesce(org.closed_on > period.period_end, true)
)

{{ observations('licensed', numerator='count(distinct org_code)', periods='period') }}
