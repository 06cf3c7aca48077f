-- Every definition in force, from the YAML beside the indicator models. Always rebuilt: dbt cannot see when the graph changed.
{%- set columns = [
    ('indicator_code', 'code', 'varchar'), ('definition_version', 'version', 'int'), ('name_zh', 'name_zh', 'varchar'),
    ('name_en', 'name_en', 'varchar'), ('domain', 'domain', 'varchar'), ('area', 'area', 'varchar'), ('tier', 'tier', 'varchar'),
    ('unit_zh', 'unit_zh', 'varchar'), ('unit_en', 'unit_en', 'varchar'), ('decimals', 'decimals', 'int'),
    ('direction', 'direction', 'varchar'), ('measure_basis', 'measure_basis', 'varchar'), ('period_type', 'period_type', 'varchar'),
    ('additive', 'additive', 'boolean'), ('ceiling', 'ceiling', 'double'), ('integer_steps', 'integer_steps', 'boolean'),
    ('binding', 'binding', 'boolean'), ('department_code', 'department_code', 'varchar'), ('state', 'state', 'varchar'),
    ('definition_zh', 'definition_zh', 'varchar'), ('definition_en', 'definition_en', 'varchar'),
    ('numerator_zh', 'numerator_zh', 'varchar'), ('denominator_zh', 'denominator_zh', 'varchar'), ('source', 'source', 'varchar'),
    ('proof', 'proof', 'varchar'),
] -%}
{%- for node in (indicator_nodes() if execute else []) %}
{%- set definition = node.config.meta.indicator %}
select
    {%- for column, key, type in columns %}
    {{ literal(definition[key], type) }} as {{ column }},
    {%- endfor %}
    {{ literal(definition.baseline.value, 'double') }} as baseline_value,
    {{ literal(definition.baseline.date, 'date') }} as baseline_date,
    {{ literal(definition.target.value, 'double') }} as target_value,
    {{ literal(definition.target.date, 'date') }} as target_date,
    {{ literal(definition.target.source, 'varchar') }} as target_source,
    {{ literal(definition.target.illustrative, 'boolean') }} as target_illustrative,
    -- JSON list of {date, value}
    {{ literal(definition.milestones | tojson, 'varchar') }} as milestones,
    -- JSON list of {code, from, to}, and of {version, from, zh, en, bridge {factor, reason}}
    {{ literal(tojson(definition.departments or []), 'varchar') }} as departments,
    {{ literal(tojson(definition.changes or []), 'varchar') }} as changes,
    {{ literal((definition.workflow or {}).owner_zh, 'varchar') }} as workflow_owner_zh,
    {{ literal((definition.workflow or {}).owner_en, 'varchar') }} as workflow_owner_en,
    {{ literal((definition.workflow or {}).next_on, 'date') }} as workflow_next_on,
    {{ literal(node.name, 'varchar') }} as model_name,
    {{ literal(none if definition.state in ['undefined', 'drafting'] and not definition.entities else node.raw_code, 'varchar') }} as sql_text,
    {{ text_list_literal(definition.feeds) }} as feeds,
    {{ text_list_literal(definition.entities) }} as entities
{{ 'union all' if not loop.last }}
{%- endfor %}
