{#
    Definitions of indicators, as the graph knows them. Belongs here: reading and judging `config.meta.indicator`.
    Does not belong here: figures.
#}

{# Nodes of all indicator models: every model in models/indicators whose name starts with ind_. #}
{% macro indicator_nodes() %}
    {% set found = [] %}
    {% for node in graph.nodes.values() if node.resource_type == 'model' and node.name.startswith('ind_') %}
        {% do found.append(node) %}
    {% endfor %}
    {{ return(found | sort(attribute='name')) }}
{% endmacro %}

{# On run start: no figure without a complete definition, none that the observation mart would leave out. #}
{% macro refuse_incomplete_definitions() %}
    {% if execute %}
        {% set problems, codes = [], {} %}
        {% for node in indicator_nodes() %}
            {% set definition = node.config.meta.get('indicator') %}
            {% set place = node.patch_path.split('://')[-1] if node.patch_path else node.original_file_path.replace('.sql', '.yml') %}
            {% for problem in definition_problems(definition or {}) %}
                {% do problems.append(place ~ ': ' ~ problem) %}
            {% endfor %}
            {% if definition and definition.code in codes %}
                {% do problems.append(place ~ ': 编码 ' ~ definition.code ~ ' 已用于 ' ~ codes[definition.code] ~ ' / code ' ~ definition.code ~ ' is also that of ' ~ codes[definition.code]) %}
            {% endif %}
            {% do codes.update({definition.code if definition else place: place}) %}
            {% if node.name not in indicator_models() %}
                {% do problems.append(node.original_file_path ~ ': 未列入汇总，请运行 python -m orchestration.indicator_models / not in the observation mart; run python -m orchestration.indicator_models') %}
            {% endif %}
        {% endfor %}
        {% if problems %}
            {{ exceptions.raise_compiler_error(
                '指标定义有 ' ~ problems | length ~ ' 处问题，修正所列文件后重试 / ' ~ problems | length ~ ' problems in indicator definitions; correct the files named:\n  '
                ~ problems | join('\n  ')
            ) }}
        {% endif %}
    {% endif %}
{% endmacro %}

{# What `config.meta.indicator` must say; docs/architecture.md section 6. One that is undefined, or drafted without data, has
   no words for a formula, no unit and no proof; it says instead who works on it and when the next step is due. #}
{% macro definition_problems(definition) %}
    {% set problems = [] %}
    {% set is_undefined = definition.get('state') == 'undefined' or (definition.get('state') == 'drafting' and not definition.get('entities')) %}
    {% set texts = ['code', 'name_zh', 'name_en', 'area', 'source'] %}
    {% set formula_texts = ['unit_zh', 'unit_en', 'department_code', 'definition_zh', 'definition_en', 'numerator_zh', 'proof'] %}
    {% set words = {
        'domain': ['economy', 'life', 'governance', 'base'],
        'tier': ['headline', 'supporting', 'operational'],
        'direction': ['higher', 'lower', 'neutral'],
        'measure_basis': ['stock', 'flow', 'cumulative', 'ratio', 'windowed_ratio'],
        'period_type': ['day', 'month', 'quarter', 'year', 'year_to_date', 'window'],
        'state': ['agreed', 'undefined', 'drafting', 'reporting'],
    } %}
    {% set others = ['version', 'decimals', 'additive', 'ceiling', 'integer_steps', 'binding', 'baseline', 'target', 'milestones', 'denominator_zh', 'feeds', 'entities'] %}
    {% set optional = ['departments', 'workflow', 'changes'] %}
    {% for key in (texts if is_undefined else texts + formula_texts) if not definition.get(key) %}
        {% do problems.append('缺少 meta.indicator.' ~ key ~ ' / meta.indicator.' ~ key ~ ' is missing') %}
    {% endfor %}
    {% for key, allowed in words.items() if definition.get(key) not in allowed %}
        {% if not (is_undefined and key in ['measure_basis', 'period_type'] and key in definition and definition[key] is none) %}
            {% do problems.append('meta.indicator.' ~ key ~ ' 应为 / must be one of: ' ~ allowed | join(', ')) %}
        {% endif %}
    {% endfor %}
    {% for key in others if key not in definition %}
        {% do problems.append('缺少 meta.indicator.' ~ key ~ ' / meta.indicator.' ~ key ~ ' is missing') %}
    {% endfor %}
    {% for key in definition if key not in texts + formula_texts + (words | list) + others + optional %}
        {% do problems.append('未知键 meta.indicator.' ~ key ~ ' / unknown key meta.indicator.' ~ key) %}
    {% endfor %}
    {% if definition.get('version') is not integer %}
        {% do problems.append('meta.indicator.version 应为整数 / must be a whole number') %}
    {% endif %}
    {% if not definition.get('entities') and not is_undefined %}
        {% do problems.append('meta.indicator.entities 为空 / names no entity') %}
    {% endif %}
    {% do problems.extend(workflow_problems(definition, is_undefined) + department_problems(definition) + change_problems(definition)) %}
    {{ return(problems) }}
{% endmacro %}

{# Who works on a definition that is not there yet, and when the next step is due. #}
{% macro workflow_problems(definition, is_needed) %}
    {% set problems, workflow = [], definition.get('workflow') or {} %}
    {% for key in ['owner_zh', 'owner_en', 'next_on'] if not workflow.get(key) %}
        {% if workflow or is_needed %}
            {% do problems.append('缺少 meta.indicator.workflow.' ~ key ~ ' / meta.indicator.workflow.' ~ key ~ ' is missing') %}
        {% endif %}
    {% endfor %}
    {% if workflow.get('next_on') and not is_day(workflow.next_on) %}
        {% do problems.append('meta.indicator.workflow.next_on 应为日期 / must be a day, YYYY-MM-DD') %}
    {% endif %}
    {{ return(problems + unknown_keys('workflow', workflow, ['owner_zh', 'owner_en', 'next_on'])) }}
{% endmacro %}

{# Departments with the days (both included) on which they answer for the indicator. #}
{% macro department_problems(definition) %}
    {% set problems = [] %}
    {% for entry in definition.get('departments') or [] %}
        {% if not entry.get('code') %}
            {% do problems.append('meta.indicator.departments 第 ' ~ loop.index ~ ' 项缺少 code / entry ' ~ loop.index ~ ' has no code') %}
        {% endif %}
        {% for key in ['from', 'to'] if entry.get(key) and not is_day(entry[key]) %}
            {% do problems.append('meta.indicator.departments ' ~ key ~ ' 应为日期 / must be a day, YYYY-MM-DD: ' ~ entry[key]) %}
        {% endfor %}
        {% do problems.extend(unknown_keys('departments', entry, ['code', 'from', 'to'])) %}
    {% endfor %}
    {{ return(problems) }}
{% endmacro %}

{# Each version after the first says since which day of data it holds, what changed, and whether a bridge leads over. #}
{% macro change_problems(definition) %}
    {% set problems, changes = [], definition.get('changes') or [] %}
    {% set versions = changes | map(attribute='version') | list %}
    {% set version = definition.get('version') if definition.get('version') is integer else 1 %}
    {% if versions != range(2, version + 1) | list %}
        {% do problems.append('meta.indicator.changes 应依次说明版本 2 至 ' ~ version ~ ' / must tell of the versions 2 to ' ~ version ~ ' in order') %}
    {% endif %}
    {% for entry in changes %}
        {% for key in ['from', 'zh', 'en'] if not entry.get(key) %}
            {% do problems.append('meta.indicator.changes 第 ' ~ loop.index ~ ' 项缺少 ' ~ key ~ ' / a change lacks ' ~ key) %}
        {% endfor %}
        {% if entry.get('from') and not is_day(entry.from) %}
            {% do problems.append('meta.indicator.changes from 应为日期 / must be a day, YYYY-MM-DD: ' ~ entry.from) %}
        {% endif %}
        {% set bridge = entry.get('bridge') %}
        {% if 'bridge' not in entry or (bridge and not (bridge.get('factor') is number and bridge.factor > 0 and bridge.get('reason'))) %}
            {% do problems.append('meta.indicator.changes bridge 应为空，或含正的 factor 和 reason / must be null, or have a factor above zero and a reason') %}
        {% endif %}
        {% do problems.extend(unknown_keys('changes', entry, ['version', 'from', 'zh', 'en', 'bridge'])) %}
    {% endfor %}
    {% set days = changes | map(attribute='from') | map('string') | list %}
    {% if days != days | sort %}
        {% do problems.append('meta.indicator.changes 的 from 应随版本递增 / from must grow with the version') %}
    {% endif %}
    {{ return(problems) }}
{% endmacro %}

{% macro unknown_keys(place, entry, known) %}
    {% set problems = [] %}
    {% for key in entry if key not in known %}
        {% do problems.append('未知键 meta.indicator.' ~ place ~ '.' ~ key ~ ' / unknown key meta.indicator.' ~ place ~ '.' ~ key) %}
    {% endfor %}
    {{ return(problems) }}
{% endmacro %}

{# Whether a value is a day as YYYY-MM-DD. #}
{% macro is_day(value) %}
    {{ return(modules.re.match('^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$', value | string) is not none) }}
{% endmacro %}

{# A value of a definition as an SQL literal of a type. #}
{% macro literal(value, type) -%}
    {%- if value is none or value is undefined -%} cast(null as {{ type }})
    {%- elif value is boolean -%} {{ 'true' if value else 'false' }}
    {%- elif value is number -%} cast({{ value }} as {{ type }})
    {%- else -%} cast('{{ dbt.escape_single_quotes(value | string) }}' as {{ type }})
    {%- endif -%}
{%- endmacro %}

{# A list of texts as an SQL literal. #}
{% macro text_list_literal(values) -%}
    {%- set quoted = [] -%}
    {%- for value in values -%}{%- do quoted.append(literal(value, dbt.type_string())) -%}{%- endfor -%}
    {{ list_of(quoted | join(', ')) if quoted else no_batches() }}
{%- endmacro %}
