{#
    Keys whose versions lie on several days: when one day is replaced, the rows of its keys on other days are replaced as well.
    Belongs here: finding these days without looking at all history, saying which of their rows are meant. Does not belong
    here: replacing them (partitions.sql).

    `<model>__crossed` (dt) are the touched days of which only the rows of `<model>__crossed_key` are replaced. The other keys
    of such a day may have versions on further days, which this build does not read: judged anew from a part of their versions, a
    cancelled row would come back (decision 0063).

    Exact for any keys. What bounds the search: a day is looked at only when the range of its keys (`<model>__day`) meets that of
    the incoming ones, which leaves few days where keys grow with time (dates, running numbers, time-ordered ids) and, for
    random keys, a scan of the key columns alone; and a version can lie hidden only on a day that has more rows upstream
    than in the model.
#}

{% macro crossing_key(upstream, crossing) %}
    {%- if crossing is sameas true -%}
        {%- set feed, entity = upstream.split('.') -%}
        {{ return(declared_source(feed, entity).key) }}
    {%- endif -%}
    {{ return(crossing) }}
{% endmacro %}

{# Adds to the touched days those that hold, hide, or would hold again, another version of a key on a touched day. #}
{% macro find_crossed(upstream, crossing) %}
    {% set days = touched_days() %}
    {% set key = crossing_key(upstream, crossing) %}
    {% if none not in days %}
        {% do run_query("create or replace table " ~ state_table('crossed_key') ~ " as select " ~ key | join(', ') ~ " from " ~ this ~ " where false") %}
    {% endif %}
    {% if days and none not in days %}
        {% set found = (hidden_days(upstream, key, days) + holding_days(upstream, key, days, days)) | unique | list %}
        {% if found %}
            {% set columns = key | join(', ') %}
            {% do read_days(upstream, days) %}
            {% do run_query(
                "insert into " ~ state_table('touched') ~ " values (date '" ~ found | join("', false), (date '") ~ "', false);"
                ~ "insert into " ~ state_table('crossed') ~ " values (date '" ~ found | join("'), (date '") ~ "');"
                ~ "insert into " ~ state_table('crossed_key')
                ~ " select " ~ columns ~ " from " ~ incoming_relation(upstream) ~ " where dt in (" ~ date_list(days) ~ ")"
                ~ " union select " ~ columns ~ " from " ~ this ~ " where dt in (" ~ date_list(days) ~ ")"
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}

{# Condition like touched_only, for a crossing model: of a crossed day only the rows that this build judges. #}
{% macro touched_rows(key, relation=none) %}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    {{ touched_only(prefix ~ 'dt') }}
    {%- if is_incremental() %}
        and (
            {{ prefix }}dt not in (select crossed.dt from {{ state_table('crossed') }} as crossed)
            or ({{ prefix }}{{ key | join(', ' ~ prefix) }}) in (select (judged.{{ key | join(', judged.') }}) from {{ state_table('crossed_key') }} as judged)
        )
    {%- endif -%}
{% endmacro %}

{% macro crossed_days() %}
    {{ return(run_query('select 1 from ' ~ state_table('crossed') ~ ' limit 1').rows | length > 0) }}
{% endmacro %}

{# Days other than `known` on which the model holds a key that is upstream on one of `days`. #}
{% macro holding_days(upstream, key, days, known) %}
    {% set incoming = incoming_relation(upstream) %}
    {% do read_days(upstream, days) %}
    {% set meeting %}
        select distinct cast(held.dt as {{ dbt.type_string() }})
        from {{ state_table('day') }} as held
        inner join (
            select
                dt
                {%- for column in key %}
                , min({{ column }}) as low__{{ column }}
                , max({{ column }}) as high__{{ column }}
                {%- endfor %}
            from {{ incoming }}
            where dt in ({{ date_list(days) }})
            group by dt
        ) as here
            on
                {%- for column in key %}
                held.low__{{ column }} <= here.high__{{ column }} and held.high__{{ column }} >= here.low__{{ column }} and
                {%- endfor %}
                held.dt not in ({{ date_list(known) }})
    {% endset %}
    {% set candidates = run_query(meeting).columns[0].values() | list %}
    {{ return(days_with_same_key(incoming, days, this, candidates, key) if candidates else []) }}
{% endmacro %}

{#
    Days other than `days` on which a version of a key is upstream, but not in the model: of a key that the model held on one of
    `days` and may hold no more, or that is upstream on one of them.
#}
{% macro hidden_days(upstream, key, days) %}
    {% set counted %}
        {%- if '.' in upstream -%}
            {%- set feed, entity = upstream.split('.') -%}
            select part.dt, sum(part.rows) as row_count
            from ledger.batch_partition as part
            inner join ledger.batch as batch on part.batch_id = batch.batch_id
            where batch.status = 'admitted' and part.feed = '{{ feed }}' and part.entity = '{{ entity }}' and part.rows > 0
            group by part.dt
        {%- else -%}
            select dt, row_count from {{ state_table('day', upstream) }}
        {%- endif -%}
    {% endset %}
    {% set lost = run_query(
        'select distinct cast(dt as ' ~ dbt.type_string() ~ ') from ' ~ state_table('touched') ~ (' where is_withdrawal' if '.' in upstream else '')
    ).columns[0].values() | list %}
    {% set candidates = run_query(
        'select cast(there.dt as ' ~ dbt.type_string() ~ ') from (' ~ counted ~ ') as there
        left join ' ~ state_table('day') ~ ' as held on there.dt = held.dt
        where there.row_count > coalesce(held.row_count, 0) and there.dt not in (' ~ date_list(days) ~ ')'
    ).columns[0].values() | list %}
    {% if not candidates %}{{ return([]) }}{% endif %}
    {% set incoming = incoming_relation(upstream) %}
    {% do read_days(upstream, days + candidates) %}
    {% set found = days_with_same_key(incoming, days, incoming, candidates, key) %}
    {{ return(found + (days_with_same_key(this, lost, incoming, candidates, key) if lost else [])) }}
{% endmacro %}

{% macro days_with_same_key(here, days, there, candidates, key) %}
    {% set found %}
        select distinct cast(there.dt as {{ dbt.type_string() }})
        from {{ here }} as here
        inner join {{ there }} as there
            on
                {%- for column in key %}
                there.{{ column }} = here.{{ column }} {{ 'and' if not loop.last }}
                {%- endfor %}
        where here.dt in ({{ date_list(days) }}) and there.dt in ({{ date_list(candidates) }})
    {% endset %}
    {{ return(run_query(found).columns[0].values() | list) }}
{% endmacro %}

{% macro incoming_relation(upstream) %}
    {%- if '.' in upstream -%}
        {%- set feed, entity = upstream.split('.') -%}
        {{ return(source('raw_' ~ feed, entity)) }}
    {%- endif -%}
    {{ return(ref(upstream)) }}
{% endmacro %}
