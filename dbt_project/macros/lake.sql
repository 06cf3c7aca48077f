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
        {% set statements = ['create schema if not exists build_state', 'create schema if not exists ledger'] %}
        {% for entity in ledger %}
            {% do statements.append(view_of(entity, ledger_reader(entity) if entity.name in exported else none)) %}
        {% endfor %}
        {# one statement list: run_query commits it by itself, while dbt's create_schema would leave a transaction open #}
        {% do run_query(statements | join(';')) %}

        {% set admitted = admitted_entities() %}
        {% set statements, noted = [], [] %}
        {% for entity in raw %}
            {% set contracts = admitted.get(entity.schema ~ '.' ~ entity.name) %}
            {% do statements.append('create schema if not exists ' ~ entity.schema) %}
            {% do statements.append(
                view_of(entity, raw_reader(entity, contracts) if contracts else none)
                ~ " where _batch_id in (select batch_id from ledger.batch where status = 'admitted')"
            ) %}
            {% do noted.append("('" ~ [
                entity.schema.removeprefix('raw_'), entity.name, entity.config.meta.key | join(','), business_columns(entity) | join(',')
            ] | join("', '") ~ "')") %}
        {% endfor %}
        {% do statements.append('create or replace table build_state.declared_source (feed varchar, entity varchar, key varchar, fields varchar)') %}
        {% do statements.append('insert into build_state.declared_source values ' ~ noted | join(', ')) %}
        {% do run_query(statements | join(';')) %}
    {% endif %}
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

{% macro raw_reader(entity, contracts) %}{{ return(adapter.dispatch('raw_reader')(entity, contracts)) }}{% endmacro %}

{# Uniting the columns of all files costs reading every footer: only when they were written under several contracts. #}
{% macro duckdb__raw_reader(entity, contracts) %}
    {{ return(
        "read_parquet('" ~ district_home() ~ '/' ~ entity.config.meta.raw_path ~ "/dt=*/batch=*/*.parquet', hive_partitioning = true, "
        ~ "hive_types = {'dt': DATE, 'batch': VARCHAR}, union_by_name = " ~ ('true' if contracts > 1 else 'false') ~ ")"
    ) }}
{% endmacro %}
