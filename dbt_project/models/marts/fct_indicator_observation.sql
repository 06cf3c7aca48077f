-- Every figure of every indicator model found, district total and subdistricts.
{%- for model_name in indicator_models() %}
    select
        cast(indicator_code as varchar) as indicator_code,
        cast(definition_version as int) as definition_version,
        cast(period_type as varchar) as period_type,
        cast(period_start as date) as period_start,
        cast(period_end as date) as period_end,
        cast(area_code as varchar) as area_code,
        cast(numerator as double) as numerator,
        cast(denominator as double) as denominator,
        cast(value as double) as value,
        cast(coverage as double) as coverage,
        batch_ids
    from {{ ref(model_name) }}
    {{ 'union all' if not loop.last }}
{%- endfor %}
