{#
    Keys whose versions lie on several days: when one day is replaced, the other days of its keys are replaced as well.
    Belongs here: finding these days without looking at all history. Does not belong here: replacing them (partitions.sql).

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

{# Adds to the touched days those that hold, or would hold again, another version of a key on a touched day; until none is left. #}
{% macro find_crossed(upstream, crossing) %}
    {% set days = touched_days() %}
    {% if days and none not in days %}
        {% set key = crossing_key(upstream, crossing) %}
        {% set search = namespace(days=days, fresh=days) %}
        {% set found = hidden_days(upstream, key, days) %}
        {% for turn in range(1000) if search.fresh %}
            {% do found.extend(holding_days(upstream, key, search.fresh, search.days)) %}
            {% set search.fresh = found | unique | reject('in', search.days) | list %}
            {% set search.days = search.days + search.fresh %}
            {% set found = [] %}
            {% if search.fresh %}
                {% do run_query("insert into " ~ state_table('touched') ~ " values (date '" ~ search.fresh | join("', false), (date '") ~ "', false)") %}
            {% endif %}
        {% endfor %}
    {% endif %}
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

{# Days other than `days` on which a version of a key is upstream, but not in the model, which held the key on one of `days`. #}
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
    ).columns[0].values() | list if lost else [] %}
    {% if not candidates %}{{ return([]) }}{% endif %}
    {% do read_days(upstream, candidates) %}
    {{ return(days_with_same_key(this, lost, incoming_relation(upstream), candidates, key)) }}
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
