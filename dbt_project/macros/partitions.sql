{#
    Incremental models that replace whole partitions (column dt), and only those that changed since the model's own last
    build. Belongs here: finding them, replacing them, remembering. Does not belong here: what the rows mean.

    Per model, in schema build_state: `<model>__touched` (dt; one NULL row = everything) is what this build replaces (of those in
    `<model>__crossed` a part, see crossing.sql),
    `<model>__replaced` (dt, build) remembers what each build replaced, for models downstream,
    `<model>__position` (upstream, position) is how far each upstream was seen, `<model>__day` (dt, row_count, and the lowest and
    highest value of each key column of a crossing model) what each day holds now. All of it is written in the transaction that
    replaces the rows, so a killed build leaves the model as it was and the next one sees the same changes again.

    A day's cost may not grow with history (decision 48): hooks name days and files before a statement runs, so that it reads
    these alone. Finding other versions of a key on other days is in crossing.sql.

    An upstream is a raw entity ('feed.entity', changes from ledger.partition_change) or another model of this kind
    ('model_name', changes from what its builds replaced).
#}

{#
    Config of such a model: config(**replace_partitions(['parking.prk_snapshot'])).
    crossing: a later version of a key may fall on another day than the version it replaces; its row there is then replaced
    as well, and the model reads under touched_rows. True = the contract's key; a list = these columns.
    also: name of a macro that gives SQL for further dates to replace. prepared: name of a macro that gives statements to run once
    the touched days are known; it may add to them. completed: name of a macro that gives statements to run once the model's own
    has run, for rows that it left out.
#}
{% macro replace_partitions(upstreams, crossing=false, also=none, prepared=none, completed=none) %}
    {%- set arguments = [upstreams, also] | map('tojson') | join(', ') | replace('null', 'none') -%}
    {%- set crossed = [upstreams[0], crossing] | map('tojson') | join(', ') -%}
    {#- each hook is rendered when the one before has run, so it may ask what that one found -#}
    {%- set hooks = ['{{ find_touched(' ~ arguments ~ ') }}'] -%}
    {%- do hooks.append('{{ find_crossed(' ~ crossed ~ ') }}') if crossing -%}
    {%- do hooks.append('{{ ' ~ prepared ~ '() }}') if prepared -%}
    {%- do hooks.append('{{ read_touched_only(' ~ upstreams | tojson ~ ') }}') -%}
    {%- set afterwards = ['{{ ' ~ completed ~ '() }}'] if completed else [] -%}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': 'replace_partitions',
        'on_schema_change': 'append_new_columns',
        'pre_hook': hooks,
        'post_hook': afterwards + ['{{ remember_replaced() }}', '{{ remember_days(' ~ crossed ~ ') }}', '{{ read_everything(' ~ upstreams | tojson ~ ') }}'],
    }) }}
{% endmacro %}

{% macro state_table(part, model_name=none) %}build_state.{{ model_name or this.identifier }}__{{ part }}{% endmacro %}

{# Condition that keeps an incremental build to the touched partitions; no condition on a full one. #}
{% macro touched_only(column='dt') %}
    {%- if is_incremental() -%}
        {{ column }} in (select touched.dt from {{ state_table('touched') }} as touched)
    {%- else -%}
        true
    {%- endif -%}
{% endmacro %}

{% macro changes_of(upstream) %}
    {%- if '.' in upstream -%}
        {%- set feed, entity = upstream.split('.') -%}
        select dt, seq as position, cause = 'superseded' as is_withdrawal
        from ledger.partition_change where feed = '{{ feed }}' and entity = '{{ entity }}'
    {%- else -%}
        select dt, build as position, false as is_withdrawal from {{ state_table('replaced', upstream) }}
    {%- endif -%}
{% endmacro %}

{% macro find_touched(upstreams, also) %}
    create table if not exists {{ state_table('position') }} (upstream varchar, position bigint);
    create table if not exists {{ state_table('replaced') }} (dt date, build bigint);
    create or replace table {{ state_table('touched') }} (dt date, is_withdrawal boolean);
    create or replace table {{ state_table('crossed') }} (dt date);
    {% if is_incremental() %}
        insert into {{ state_table('touched') }}
        select dt, bool_or(is_withdrawal)
        from (
            {% for upstream in upstreams %}
                select dt, is_withdrawal from ({{ changes_of(upstream) }})
                where position > coalesce(
                    (select max(seen.position) from {{ state_table('position') }} as seen where seen.upstream = '{{ upstream }}'), -1
                )
                {{ 'union all' if not loop.last }}
            {% endfor %}
            {% if also %}union all select dt, false from ({{ context[also]() }}){% endif %}
        )
        group by dt;
    {% else %}
        insert into {{ state_table('touched') }} values (null, false);
    {% endif %}
    delete from {{ state_table('position') }};
    insert into {{ state_table('position') }}
    {% for upstream in upstreams %}
        select '{{ upstream }}', coalesce(max(position), -1) from ({{ changes_of(upstream) }})
        {{ 'union all' if not loop.last }}
    {% endfor %}
{% endmacro %}

{# The touched days as a list of texts, [none] for everything. Only once the hook that finds them has run. #}
{% macro touched_days(model_name=none) %}
    {% if not execute %}{{ return([none]) }}{% endif %}
    {{ return(run_query('select distinct cast(dt as ' ~ dbt.type_string() ~ ') from ' ~ state_table('touched', model_name) ~ ' order by 1').columns[0].values() | list) }}
{% endmacro %}

{% macro date_list(days) -%}
    {%- for day in days -%}date '{{ day }}'{{ ', ' if not loop.last }}{%- endfor -%}
{%- endmacro %}

{# dbt looks strategies up by this name. Partitions whose rows all went away are emptied too. #}
{% macro get_incremental_replace_partitions_sql(arguments) %}
    {%- set columns = arguments['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    delete from {{ arguments['target_relation'] }}
    where
        dt in (select dt from {{ state_table('touched') }})
        and dt not in (select dt from {{ state_table('crossed') }});
    {%- if crossed_days() %}
    delete from {{ arguments['target_relation'] }} as target
    using {{ state_table('crossed_key') }} as judged
    where
        target.dt in (select dt from {{ state_table('crossed') }})
        {%- for column in adapter.get_columns_in_relation(api.Relation.create(schema='build_state', identifier=this.identifier ~ '__crossed_key')) %}
        and target.{{ column.name }} = judged.{{ column.name }}
        {%- endfor %};
    {%- endif %}
    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }}
{% endmacro %}

{% macro remember_replaced() %}
    insert into {{ state_table('replaced') }}
    select dt, (select coalesce(max(build), 0) + 1 from {{ state_table('replaced') }})
    from (
        select dt from {{ state_table('touched') }} where dt is not null
        union
        select dt from {{ this }} where exists (select 1 from {{ state_table('touched') }} where dt is null)
        union
        select dt from {{ state_table('replaced') }} where exists (select 1 from {{ state_table('touched') }} where dt is null)
    )
{% endmacro %}

{# What each replaced day holds now: rows, and the range of each key column of a crossing model. #}
{% macro remember_days(upstream, crossing) %}
    {%- set key = crossing_key(upstream, crossing) if crossing else [] -%}
    {%- set content -%}
        select
            dt,
            cast(count(*) as bigint) as row_count
            {%- for column in key %}
            , min({{ column }}) as low__{{ column }}
            , max({{ column }}) as high__{{ column }}
            {%- endfor %}
        from {{ this }}
    {%- endset -%}
    {%- set days = touched_days() -%}
    {%- if none in days -%}
        create or replace table {{ state_table('day') }} as {{ content }} group by dt
    {%- elif days -%}
        delete from {{ state_table('day') }} where dt in ({{ date_list(days) }});
        insert into {{ state_table('day') }} {{ content }} where dt in ({{ date_list(days) }}) group by dt
    {%- endif -%}
{% endmacro %}

{#
    Registers are small: rebuilt whole, but only when a delivery changed anything.
#}
{% macro replace_when_changed(upstreams) %}
    {{ return(dict(
        replace_partitions(upstreams),
        incremental_strategy='replace_when_changed',
        pre_hook=['{{ find_touched(' ~ upstreams | tojson ~ ', none) }}', '{{ read_all_or_nothing(' ~ upstreams | tojson ~ ') }}'],
        post_hook=['{{ remember_replaced() }}', '{{ read_everything(' ~ upstreams | tojson ~ ') }}'],
    )) }}
{% endmacro %}

{% macro something_changed() %}
    {%- if is_incremental() -%} exists (select 1 from {{ state_table('touched') }}) {%- else -%} true {%- endif -%}
{% endmacro %}

{% macro get_incremental_replace_when_changed_sql(arguments) %}
    {%- set columns = arguments['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    delete from {{ arguments['target_relation'] }} where {{ something_changed() }};
    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }}
{% endmacro %}
