{#
    Which version of a key holds. Belongs here: deduplication of events, versions of registers; columns and keys come from
    the contract through the generated source. Does not belong here: business rules (conformed models).
#}

{#
    Events: the latest delivered row of each key; a tombstone as the latest row removes the key.
    day_in_key: the key fixes the day, so no version can lie on another one and looking for it is saved.
#}
{% macro staged_event(feed, entity, day_in_key=false) %}
    {{- config(**replace_partitions([feed ~ '.' ~ entity], crossing=not day_in_key)) }}
    {%- set relation = source('raw_' ~ feed, entity) %}
    {%- set declared = declared_source(feed, entity) %}
    {%- set touched = touched_only() if day_in_key else touched_rows(declared.key) %}
    {%- set touched_delivered = touched_only('delivered.dt') if day_in_key else touched_rows(declared.key, 'delivered') %}
    {%- set position = 'cast(_batch_order as decimal(20, 0)) * 1000000000000 + _row' %}
-- a batch has a key once, so that most keys come once: only the others are joined, which saves a third of the time and most
-- of the memory of a join of all rows with their latest positions
with repeated as (
    select
        {%- for column in declared.key %}
        {{ column }},
        {%- endfor %}
        max({{ position }}) as position
    from {{ relation }}
    where {{ touched }}
    group by {{ declared.key | join(', ') }}
    having count(*) > 1
)

select
    {%- for column in declared.fields %}
    delivered.{{ column }},
    {%- endfor %}
    delivered._batch_id,
    delivered._row,
    delivered._received_at,
    delivered._batch_order,
    delivered.dt
from {{ relation }} as delivered
left join repeated
    on
        {%- for column in declared.key %}
        delivered.{{ column }} = repeated.{{ column }}
        {{- ' and' if not loop.last }}
        {%- endfor %}
where
    {{ touched_delivered }}
    and not coalesce(delivered._deleted, false)
    and (
        repeated.position is null
        or {{ position.replace('_batch_order', 'delivered._batch_order').replace('_row', 'delivered._row') }} = repeated.position
    )
{% endmacro %}

{#
    Registers: one row per key and version, valid from (inclusive) its delivery's period to (exclusive) the next one's.
    A full batch is the whole state of its delivery: keys that it lacks end there. The first version of a key reaches back, because
    before the first delivery the row's own dates are all there is. Deliveries that repeat a version do not cut it.
#}
{% macro staged_register(feed, entity) %}
    {{- config(**replace_when_changed([feed ~ '.' ~ entity])) }}
    {%- set relation = source('raw_' ~ feed, entity) %}
    {%- set declared = declared_source(feed, entity) %}
    {%- set key = declared.key | join(', ') %}
with raw_row as (
    select * from {{ relation }} where {{ something_changed() }}
)

, delivery as (
    select
        delivered.batch_id,
        delivered.dt,
        delivered.batch_order,
        -- the next whole state; a full one is the state of its own delivery's part, a correction that of all
        least(
            coalesce(
                min(case when batch.mode = 'full' then delivered.dt end) over (
                    partition by batch.delivery_key
                    order by delivered.dt, delivered.batch_order
                    rows between 1 following and unbounded following
                ),
                date '9999-12-31'
            ),
            coalesce(
                min(case when batch.mode = 'correction' then delivered.dt end) over (
                    order by delivered.dt, delivered.batch_order
                    rows between 1 following and unbounded following
                ),
                date '9999-12-31'
            )
        ) as next_whole_on
    from (
        select _batch_id as batch_id, dt, max(_batch_order) as batch_order from raw_row group by _batch_id, dt
    ) as delivered
    inner join {{ source('ledger', 'batch') }} as batch on delivered.batch_id = batch.batch_id
)

, state as (
    select raw_row.*, delivery.next_whole_on
    from raw_row
    inner join delivery on raw_row._batch_id = delivery.batch_id and raw_row.dt = delivery.dt
    qualify row_number() over (partition by {{ qualified('raw_row', declared.key) }}, raw_row._batch_id order by raw_row._row desc) = 1
)

, bounded as (
    select
        *,
        least(
            coalesce(lead(dt) over (partition by {{ key }} order by dt, _batch_order), date '9999-12-31'),
            next_whole_on
        ) as ends_on,
        coalesce(_deleted, false) as is_deleted,
        -- lineage: none. It only joins equal versions; what is in force on a day stays the same
        {{ md5_key(declared.fields) }} as content
    from state
)

, lasting as (
    select
        *,
        row_number() over (partition by {{ key }} order by dt, _batch_order) = 1 as is_first,
        coalesce(
            lag(content) over (partition by {{ key }} order by dt, _batch_order) = content
            and lag(ends_on) over (partition by {{ key }} order by dt, _batch_order) = dt
            and lag(is_deleted) over (partition by {{ key }} order by dt, _batch_order) = is_deleted,
            false
        ) as repeats_previous
    from bounded
    where ends_on > dt
)

, version as (
    select *, sum(case when repeats_previous then 0 else 1 end) over (partition by {{ key }} order by dt, _batch_order) as version_number
    from lasting
)

, spanned as (
    select *, max(ends_on) over (partition by {{ key }}, version_number) as valid_to from version
)

select
    {%- for column in declared.fields %}
    {{ column }},
    {%- endfor %}
    case when is_first then date '1900-01-01' else dt end as valid_from,
    valid_to,
    _batch_id,
    _row,
    _received_at,
    _batch_order,
    dt
from spanned
where not repeats_previous and not is_deleted
{% endmacro %}

{#
    Key and business columns of a raw entity, from the generated source. Unit tests know no graph: for them register_lake
    notes the same in build_state.declared_source. Empty while parsing.
#}
{% macro declared_source(feed, entity) %}
    {%- if not execute -%}{{ return({'key': ['1'], 'fields': ['*'], 'path': ''}) }}{%- endif -%}
    {%- if graph.sources is defined -%}
        {%- for node in graph.sources.values() if node.source_name == 'raw_' ~ feed and node.name == entity -%}
            {{ return({'key': node.config.meta.key, 'fields': business_columns(node), 'path': node.config.meta.raw_path}) }}
        {%- endfor -%}
    {%- else -%}
        {%- for row in run_query(
            "select key, fields from build_state.declared_source where feed = '" ~ feed ~ "' and entity = '" ~ entity ~ "'"
        ).rows -%}
            {{ return({'key': row[0].split(','), 'fields': row[1].split(',')}) }}
        {%- endfor -%}
    {%- endif -%}
    {{ exceptions.raise_compiler_error(
        "模型 " ~ model.name ~ " 引用的 " ~ feed ~ "." ~ entity ~ " 不在 models/staging/" ~ feed ~ "/_generated__" ~ feed ~ ".yml 中；请运行 python -m sources.contract.dbt_sources"
        ~ " / " ~ model.name ~ " stages " ~ feed ~ "." ~ entity ~ ", which is not in models/staging/" ~ feed ~ "/_generated__" ~ feed ~ ".yml; run python -m sources.contract.dbt_sources"
    ) }}
{% endmacro %}

{# What the contract names; admission's own columns start with an underscore, dt is the partition. #}
{% macro business_columns(entity) %}
    {%- set fields = [] -%}
    {%- for column in entity.columns if not column.startswith('_') and column != 'dt' -%}
        {%- do fields.append(column) -%}
    {%- endfor -%}
    {{ return(fields) }}
{% endmacro %}

{% macro qualified(relation, columns) -%}
    {%- for column in columns -%}{{ relation }}.{{ column }}{{ ', ' if not loop.last }}{%- endfor -%}
{%- endmacro %}
