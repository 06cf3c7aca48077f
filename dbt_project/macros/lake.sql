{#
    The raw lake and the ledger as views, so that sources are ordinary relations: unit tests, column lineage and both
    engines work on them. Belongs here: making these views. Does not belong here: which version of a key holds (staging.sql).
#}

{# On run start: a view per exported ledger table, and one per raw entity over the rows of admitted batches. #}
{% macro register_lake() %}
    {% if execute and flags.WHICH in ('build', 'run', 'test', 'seed', 'show', 'run-operation') %}
        {% set sources = graph.sources.values() | selectattr('package_name', 'equalto', project_name) | list %}
        {% set ledger, raw = [], [] %}
        {% for entity in sources %}
            {% do (ledger if entity.schema == 'ledger' else raw).append(entity) %}
        {% endfor %}
        {% set exported = exported_tables() %}
        {# one statement list: run_query commits it by itself, while dbt's create_schema would leave a transaction open #}
        {% do run_query('create schema if not exists build_state; create schema if not exists ledger;
            create table if not exists build_state.registered_view (name varchar, content varchar)') %}
        {% set views = {} %}
        {% for entity in ledger %}
            {% do views.update({'ledger.' ~ entity.name: view_of(entity, ledger_reader(entity) if entity.name in exported else none)}) %}
        {% endfor %}
        {% do create_changed_views(views) %}

        {% set admitted = admitted_entities() %}
        {% set views, statements, noted = {}, [], [] %}
        {% for entity in raw %}
            {% set name = entity.schema ~ '.' ~ entity.name %}
            {% set contracts = admitted.get(name) %}
            {% do views.update({
                name: view_of(entity, raw_reader(entity, contracts) if contracts else none)
                ~ " where _batch_id in (select batch_id from ledger.batch where status = 'admitted')"
            }) %}
            {% do noted.append("('" ~ [
                entity.schema.removeprefix('raw_'), entity.name, entity.config.meta.key | join(','), business_columns(entity) | join(',')
            ] | join("', '") ~ "')") %}
        {% endfor %}
        {% do create_changed_views(views) %}
        {% do statements.append('create or replace table build_state.declared_source (feed varchar, entity varchar, key varchar, fields varchar)') %}
        {% do statements.append('insert into build_state.declared_source values ' ~ noted | join(', ')) %}
        {% do run_query(statements | join(';')) %}
    {% endif %}
{% endmacro %}

{# Making a view lists its files, which takes longer with every batch, for each entity and layer: only what reads otherwise is made anew. #}
{% macro create_changed_views(views) %}
    {% set known = {} %}
    {% for row in run_query('select name, content from build_state.registered_view').rows %}{% do known.update({row[0]: row[1]}) %}{% endfor %}
    {% set statements = [] %}
    {% for name, statement in views.items() if known.get(name) != local_md5(statement) %}
        {% do statements.append('create schema if not exists ' ~ name.split('.')[0]) %}
        {% do statements.append(statement) %}
        {% do statements.append("delete from build_state.registered_view where name = '" ~ name ~ "'") %}
        {% do statements.append("insert into build_state.registered_view values ('" ~ name ~ "', '" ~ local_md5(statement) ~ "')") %}
    {% endfor %}
    {% do run_query(statements | join(';')) if statements %}
{% endmacro %}

{% macro district_home() %}{{ return(env_var('DISTRICT_HOME', 'warehouse/home')) }}{% endmacro %}

{# Every declared column, typed; NULL where the files lack it; no row where nothing was delivered. #}
{% macro view_of(entity, reader) %}
    create or replace view {{ entity.schema }}.{{ entity.name }} as
    with declared as (
        select {% for column in entity.columns.values() %}
            cast(null as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
        {% endfor %}
        where false
    )
    , delivered as (
        select * from declared
        {% if reader %}union all by name select * from {{ reader }}{% endif %}
    )
    select {% for column in entity.columns.values() %}
        cast({{ column.name }} as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
    {% endfor %}
    from delivered
{% endmacro %}

{# Names of the ledger tables that were exported. #}
{% macro exported_tables() %}
    {% set files = run_query("select parse_filename(file, true) from glob('" ~ district_home() ~ "/build/ledger/*.parquet')") %}
    {{ return(files.columns[0].values() | list) }}
{% endmacro %}

{# Raw entities with admitted rows -> under how many contracts these were written. #}
{% macro admitted_entities() %}
    {% set found = {} %}
    {% for row in run_query(
        "select 'raw_' || batch.feed || '.' || batch.entity, count(distinct batch.contract_sha256) from ledger.batch as batch
        where batch.status = 'admitted' and exists (select 1 from ledger.batch_partition as part where part.batch_id = batch.batch_id and part.rows > 0)
        group by all"
    ).rows %}
        {% do found.update({row[0]: row[1]}) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{% macro ledger_reader(entity) %}{{ return(adapter.dispatch('ledger_reader')(entity)) }}{% endmacro %}

{% macro duckdb__ledger_reader(entity) %}
    {{ return("read_parquet('" ~ district_home() ~ '/build/ledger/' ~ entity.name ~ ".parquet')") }}
{% endmacro %}

{#
    A raw view reads the files that the connection's variable of its name lists, all when there is none. So a statement
    that needs some days lists, opens and reads the files of their batches alone; its condition on dt stays what decides.
#}
{% macro read_touched_only(upstreams) %}
    {% set days = touched_days() %}
    {% for upstream in upstreams if '.' in upstream and none not in days %}{% do read_days(upstream, days) %}{% endfor %}
{% endmacro %}

{# What is rebuilt whole reads everything when anything changed, else nothing to speak of. #}
{% macro read_all_or_nothing(upstreams) %}
    {% set days = touched_days() %}
    {% for upstream in upstreams if not days %}{% do read_days(upstream, days) %}{% endfor %}
{% endmacro %}

{% macro read_everything(upstreams) %}
    {% for upstream in upstreams if '.' in upstream %}{% do read_files(upstream, none) %}{% endfor %}
{% endmacro %}

{# Lets the raw view of 'feed.entity' read the admitted batches of these days (texts), or one file where there is no batch of them. #}
{% macro read_days(upstream, days) %}
    {% if '.' in upstream %}
        {% set feed, entity = upstream.split('.') %}
        {% set of_entity = "from ledger.batch_partition as part inner join ledger.batch as batch on part.batch_id = batch.batch_id
            where batch.status = 'admitted' and part.rows > 0 and part.feed = '" ~ feed ~ "' and part.entity = '" ~ entity ~ "'" %}
        {% set folder = "'dt=' || cast(part.dt as " ~ dbt.type_string() ~ ") || '/batch=' || part.batch_id" %}
        {% set folders = [] %}
        {% if days and days | length <= max_days_listed() %}
            {% set folders = run_query('select ' ~ folder ~ ' ' ~ of_entity ~ ' and part.dt in (' ~ date_list(days) ~ ') order by 1').columns[0].values() | list %}
        {% endif %}
        {% if not folders and days | length <= max_days_listed() %}
            {% set folders = run_query('select min(' ~ folder ~ ') ' ~ of_entity).columns[0].values() | reject('none') | list %}
        {% endif %}
        {% do read_files(upstream, folders or none) %}
    {% endif %}
{% endmacro %}

{# Beyond this, one pattern over all is no dearer than a list: listing a folder costs the same either way. #}
{% macro max_days_listed() %}{{ return(1000) }}{% endmacro %}

{% macro read_files(upstream, folders) %}{{ return(adapter.dispatch('read_files')(upstream, folders)) }}{% endmacro %}

{# Other engines prune by partition themselves. #}
{% macro default__read_files(upstream, folders) %}{% endmacro %}

{% macro duckdb__read_files(upstream, folders) %}
    {% set feed, entity = upstream.split('.') %}
    {% if folders %}
        {% set path = district_home() ~ '/' ~ declared_source(feed, entity).path ~ '/' %}
        {% do run_query('set variable ' ~ files_variable(feed, entity) ~ " = ['" ~ path ~ folders | join("/*.parquet', '" ~ path) ~ "/*.parquet']") %}
    {% else %}
        {% do run_query('reset variable ' ~ files_variable(feed, entity)) %}
    {% endif %}
{% endmacro %}

{% macro files_variable(feed, entity) %}{{ return('files_of_' ~ feed ~ '__' ~ entity) }}{% endmacro %}

{% macro raw_reader(entity, contracts) %}{{ return(adapter.dispatch('raw_reader')(entity, contracts)) }}{% endmacro %}

{# Uniting the columns of all files costs reading every footer: only when they were written under several contracts. #}
{% macro duckdb__raw_reader(entity, contracts) %}
    {{ return(
        "read_parquet(coalesce(getvariable('" ~ files_variable(entity.schema.removeprefix('raw_'), entity.name) ~ "'), ['"
        ~ district_home() ~ '/' ~ entity.config.meta.raw_path ~ "/dt=*/batch=*/*.parquet']), hive_partitioning = true, "
        ~ "hive_types = {'dt': DATE, 'batch': VARCHAR}, union_by_name = " ~ ('true' if contracts > 1 else 'false') ~ ")"
    ) }}
{% endmacro %}
