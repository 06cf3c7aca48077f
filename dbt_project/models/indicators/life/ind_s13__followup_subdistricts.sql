with period as (
    {{ stock_months('hospital_interconnect', 'hsp_followup_site') }}
)

, open_site as (
    select
        period.*,
        site.subdistrict_code,
        site._batch_id
    from period
    inner join {{ ref('stg_hospital_interconnect__hsp_followup_site') }} as site on {{ in_force('site', 'period.period_end') }}
    inner join {{ ref('dim_subdistrict') }} as subdistrict on site.subdistrict_code = subdistrict.subdistrict_code
    where
        site.opened_on <= period.period_end
        and coalesce(site.closed_on > period.period_end, true)
)

{{ observations('open_site', numerator='count(distinct subdistrict_code)', periods='period', subdistricts=false) }}
