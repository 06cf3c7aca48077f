with period as (
    {{ delivered_periods('innovation_carriers', 'inv_visit') }}
)

, received as (
    select
        period.*,
        visit.visitors,
        visit._batch_id
    from period
    inner join {{ ref('stg_innovation_carriers__inv_visit') }} as visit on visit.visited_on <= period.period_end
)

{{ observations('received', numerator='sum(visitors)', subdistricts=false) }}
