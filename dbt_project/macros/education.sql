{# Parts that several education indicators share. Each gives the columns period.*, subdistrict_code, ..., _batch_id. #}

{# Heads on roll and in post by school, the latest count up to the period's end; columns person_hash (NULL), heads. #}
{% macro education_heads() %}
    select
        counted.period_type,
        counted.period_start,
        counted.period_end,
        org.subdistrict_code,
        cast(null as {{ dbt.type_string() }}) as person_hash,
        counted.heads,
        counted._batch_id
    from (
        select
            period.*,
            head.org_code,
            head.student_on_roll + head.staff_in_post as heads,
            head._batch_id
        from period
        inner join {{ ref('stg_education_base__edu_roster_head') }} as head on head.count_date <= period.period_end
        qualify
            row_number() over (
                partition by period.period_type, period.period_end, head.org_code
                order by head.count_date desc nulls last
            ) = 1
    ) as counted
    left join {{ ref('stg_education_base__edu_org') }} as org
        on counted.org_code = org.org_code and {{ in_force('org', 'counted.period_end') }}
{% endmacro %}

{# Nothing to count, only the usage batches of the period, so that every area's figure names them. #}
{% macro usage_batches(empty_columns=['cast(null as varchar)', 'cast(null as bigint)']) %}
    select
        period.*,
        area.subdistrict_code,
        {%- for column in empty_columns %}
        {{ column }},
        {%- endfor %}
        delivered.element as _batch_id
    from period
    inner join (
        {{ each_element(delivered_days('education_base', 'edu_usage_event'), 'batch_ids', ['dt']) }}
    ) as delivered on delivered.dt between period.period_start and period.period_end
    cross join (
        select subdistrict_code from {{ ref('dim_subdistrict') }}
        union all
        select cast(null as {{ dbt.type_string() }}) as subdistrict_code
    ) as area
{% endmacro %}
