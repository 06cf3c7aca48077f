-- Months of which both registers speak: with one of them alone the share would be zero or unfounded.
with period as (
    {{ stock_months('public_safety', 'sec_entrance') }}
    intersect
    {{ stock_months('public_safety', 'sec_camera') }}
)

, camera as (
    select
        period.period_end,
        camera.entrance_code,
        array_agg(distinct camera._batch_id) as batch_ids
    from period
    inner join {{ ref('stg_public_safety__sec_camera') }} as camera on {{ in_force('camera', 'period.period_end') }}
    where {{ lasts_on('camera.installed_on', 'camera.retired_on') }}
    group by period.period_end, camera.entrance_code
)

, entrance as (
    select
        period.*,
        entrance.subdistrict_code,
        case when camera.entrance_code is null then 0 else 1 end as is_covered,
        {{ both_lists(list_of('entrance._batch_id'), 'coalesce(camera.batch_ids, ' ~ no_batches() ~ ')') }} as batch_ids
    from period
    inner join {{ ref('stg_public_safety__sec_entrance') }} as entrance on {{ in_force('entrance', 'period.period_end') }}
    left join camera
        on
            camera.entrance_code = entrance.entrance_code
            and camera.period_end = period.period_end
    where {{ lasts_on('entrance.opened_on', 'entrance.closed_on') }}
)

{{ observations(
    'entrance',
    numerator='sum(is_covered)',
    denominator='count(*)',
    batches='batch_ids',
    batches_are_lists=true
) }}
