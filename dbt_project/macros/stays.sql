{#
    Which days a stay depends on. Belongs here: the window around an event, and the days to read for the days to build. Does not
    belong here: what a stay is (fct_parking_session).

    An event decides about others within the 72 hours of a stay (var parking_session_hours). So an entry depends on what
    happened up to one such span before and after it; an exit without an entry on one span after and two before, because whether
    an entry before it counts depends on what was before that. Days are those of the corrected time, and a day of staging holds
    delivered times, which may lie anywhere: state table `<model>__span` (dt, first_day, last_day) keeps from when to when the
    corrected times of each staged day reach, now and, of a day that changed, before.
#}

{% macro stay_seconds() -%} {{ 3600 * var('parking_session_hours') }} {%- endmacro %}

{% macro is_clock_ahead() -%}
    coalesce({{ seconds_between('receive_time', 'event_time') }} > 60 * {{ var('parking_clock_skew_minutes') }}, false)
{%- endmacro %}

{% macro corrected_event_time() -%}
    case when {{ is_clock_ahead() }} then receive_time else event_time end
{%- endmacro %}

{# Days of one span, begun ones counted whole. #}
{% macro stay_days() %}{{ return((var('parking_session_hours') / 24) | round(0, 'ceil') | int + 1) }}{% endmacro %}

{% macro days_of_stays_only() -%} dt in (select source.dt from {{ state_table('source') }} as source) {%- endmacro %}

{% macro slice_of_stays_only() -%} dt in (select building.dt from {{ state_table('building') }} as building) {%- endmacro %}

{# Before the model's statement: which days to build, in which slices, and what the first of them reads. #}
{% macro find_days_of_stays() %}
    {%- set span -%}
        select
            dt,
            min(cast({{ district_local(corrected_event_time()) }} as date)) as first_day,
            max(cast({{ district_local(corrected_event_time()) }} as date)) as last_day
        from {{ ref('stg_parking__prk_event') }}
    {%- endset -%}
    {%- set days = touched_days() -%}
    {%- if none in days -%}
        create or replace table {{ state_table('span') }} as {{ span }} group by dt;
        {{ cut_slices(days_around(state_table('span'), 0, 0)) }}
    {%- else -%}
        {%- if days -%}
        create or replace table {{ state_table('changed') }} as
        select * from {{ state_table('span') }} where dt in ({{ date_list(days) }})
        union all
        {{ span }} where dt in ({{ date_list(days) }}) group by dt;

        delete from {{ state_table('span') }} where dt in ({{ date_list(days) }});
        insert into {{ state_table('span') }} {{ span }} where dt in ({{ date_list(days) }}) group by dt;

        insert into {{ state_table('touched') }}
        select distinct around.day, false
        from ({{ days_around(state_table('changed'), stay_days(), 2 * stay_days()) }}) as around
        where around.day not in ({{ date_list(days) }});
        {% endif -%}
        {{ cut_slices('select touched.dt as day from ' ~ state_table('touched') ~ ' as touched') }}
    {%- endif -%};
    {{ turn_to_slice(0) }}
{% endmacro %}

{# Slices of about as many staged events as var stay_events_in_a_slice, numbered from 0 in order of days. #}
{% macro cut_slices(days) -%}
    create or replace table {{ state_table('slice') }} as
    select
        due.day as dt,
        floor(
            (sum(coalesce(staged.row_count, 0)) over (order by due.day rows unbounded preceding) - coalesce(staged.row_count, 0))
            / {{ var('stay_events_in_a_slice') }}
        ) as slice
    from (select distinct days.day from ({{ days }}) as days) as due
    left join {{ state_table('day', 'stg_parking__prk_event') }} as staged on due.day = staged.dt
{%- endmacro %}

{% macro turn_to_slice(slice) -%}
    create or replace table {{ state_table('building') }} as
    select dt from {{ state_table('slice') }} where slice = {{ slice }};

    create or replace table {{ state_table('source') }} as
    select distinct span.dt
    from {{ state_table('span') }} as span
    inner join {{ state_table('building') }} as building
        on
            span.last_day >= {{ add_days('building.dt', -2 * stay_days()) }}
            and span.first_day <= {{ add_days('building.dt', stay_days()) }}
{%- endmacro %}

{# After the model's statement: the same statement for each further slice. #}
{% macro build_other_slices() %}
    {%- set slices = run_query('select distinct slice from ' ~ state_table('slice') ~ ' where slice > 0 order by slice').columns[0].values() if execute else [] -%}
    {%- set columns = adapter.get_columns_in_relation(this) | map(attribute='quoted') | join(', ') -%}
    {%- for slice in slices %}
        {{ turn_to_slice(slice) }};

        insert into {{ this }} ({{ columns }})
        select {{ columns }} from (
            {{ model.compiled_code }}
        ) as stay;
    {%- endfor -%}
{% endmacro %}

{# One row per day, as column day, from `before` days before each first_day to `after` days after its last_day. #}
{% macro days_around(relation, before, after) %}{{ return(adapter.dispatch('days_around')(relation, before, after)) }}{% endmacro %}
{% macro duckdb__days_around(relation, before, after) -%}
    select cast(unnest(generate_series({{ add_days('first_day', -before) }}, {{ add_days('last_day', after) }}, interval 1 day)) as date) as day
    from {{ relation }}
{%- endmacro %}
{% macro spark__days_around(relation, before, after) -%}
    select explode(sequence({{ add_days('first_day', -before) }}, {{ add_days('last_day', after) }}, interval 1 day)) as day from {{ relation }}
{%- endmacro %}
