{#
    Which periods a figure may speak of. Belongs here: periods that follow from the plan, the as-of day and what was
    delivered. Does not belong here: figures. Every macro gives SQL with period_type, period_start, period_end (dates,
    district-local, both inclusive); only whole periods up to the as-of day; no delivery, no period.
#}

{#
    The as-of day as a date literal; today in the district's zone unless var as_of says otherwise. The tag says which models
    another day changes: the others are left alone (orchestration/changed_models.py).
#}
{% macro as_of() -%}
    {{- config(tags=['as_of']) -}}
    {%- set given = var('as_of') | string | trim -%}
    {%- set today = run_started_at.astimezone(modules.pytz.timezone(var('district').zone)).strftime('%Y-%m-%d') -%}
    date '{{ given[:10] if given else today }}'
{%- endmacro %}

{#
    Months for which a stock can be stated from a register's own dates: from the plan's start to the last month in which,
    or after which, the register was delivered.
#}
{% macro stock_months(feed, entity) %}
    select
        'month' as period_type,
        dim_month.month_start as period_start,
        dim_month.month_end as period_end
    from {{ ref('dim_month') }} as dim_month
    where
        dim_month.month_start >= date_trunc('month', date '{{ var("district").plan_start }}')
        and dim_month.month_end <= {{ as_of() }}
        and dim_month.month_start <= (
            select max(delivered.dt)
            from {{ delivered_days(feed, entity) }} as delivered
        )
{% endmacro %}

{#
    Periods with at least one delivered day of the entity: 'day', 'month', and, one per month, 'year_to_date' and 'window',
    which begins with the plan.
#}
{% macro delivered_periods(feed, entity, period_types=['month'], rejected_alone=false) %}
    {%- for period_type in period_types %}
    select distinct
        '{{ period_type }}' as period_type,
        {%- if period_type == 'day' %}
        delivered.dt as period_start,
        delivered.dt as period_end
        {%- else %}
        {{ {
            'month': 'dim_month.month_start',
            'year_to_date': 'dim_month.year_start',
            'window': "date '" ~ var('district').plan_start ~ "'",
        }[period_type] }} as period_start,
        dim_month.month_end as period_end
        {%- endif %}
    from {{ delivered_days(feed, entity, rejected_alone) }} as delivered
    {%- if period_type != 'day' %}
    inner join {{ ref('dim_month') }} as dim_month on delivered.dt between dim_month.month_start and dim_month.month_end
    {%- endif %}
    where
        {{ 'delivered.dt' if period_type == 'day' else 'dim_month.month_end' }} <= {{ as_of() }}
        {{ "and dim_month.month_end >= date '" ~ var('district').plan_start ~ "'" if period_type == 'window' }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}

{# Calendar years of which every month was delivered: the sum of eleven months is not the year's. #}
{% macro delivered_years(feed, entity) %}
    select
        'year' as period_type,
        dim_month.year_start as period_start,
        max(dim_month.month_end) as period_end
    from {{ ref('dim_month') }} as dim_month
    where
        exists (
            select 1
            from {{ delivered_days(feed, entity) }} as delivered
            where delivered.dt between dim_month.month_start and dim_month.month_end
        )
    group by dim_month.year_start
    having count(*) = 12 and max(dim_month.month_end) <= {{ as_of() }}
{% endmacro %}

{# Calendar months from the one to the other date, both counted. #}
{% macro months_in(first, last) -%}
    (12 * (year({{ last }}) - year({{ first }})) + month({{ last }}) - month({{ first }}) + 1)
{%- endmacro %}

{# Condition: this version of a register row holds on the day. #}
{% macro in_force(version, day) -%}
    {{ version }}.valid_from <= {{ day }} and {{ version }}.valid_to > {{ day }}
{%- endmacro %}
