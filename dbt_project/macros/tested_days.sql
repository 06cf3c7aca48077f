{#
    Which days a data test looks at. Belongs here: that, and why it is enough. Does not belong here: the tests (tests/generic).

    In a build that also makes the model, a test of a model that replaces whole partitions looks at the days that this build
    replaced: the others were tested by the build that made them, and a build whose test failed is not continued, the next one
    starts from nothing (orchestration/build_state.py). `dbt test` looks at everything.
#}

{# Texts of the days to test, [none] for all. compared_with: a relation whose change makes every day worth testing again. #}
{% macro tested_days(model, compared_with=none) %}
    {% if not execute %}{{ return([none]) }}{% endif %}
    {% set node = partitioned_model(model) %}
    {% if flags.WHICH != 'build' or node is none or node.unique_id not in selected_resources %}{{ return([none]) }}{% endif %}
    {% if compared_with is not none and is_changed(compared_with) %}{{ return([none]) }}{% endif %}
    {{ return(touched_days(model.identifier)) }}
{% endmacro %}

{% macro partitioned_model(relation) %}
    {% for node in graph.nodes.values() if node.resource_type == 'model' and node.schema == relation.schema and node.alias == relation.identifier %}
        {% if node.config.incremental_strategy == 'replace_partitions' %}{{ return(node) }}{% endif %}
    {% endfor %}
    {{ return(none) }}
{% endmacro %}

{# Whether this build may have changed it. Seeds are code: when they change the build starts from nothing. #}
{% macro is_changed(relation) %}
    {% for node in graph.nodes.values() if node.resource_type in ('model', 'seed') and node.schema == relation.schema and node.alias == relation.identifier %}
        {% if node.resource_type == 'seed' %}{{ return(false) }}{% endif %}
        {% if node.config.incremental_strategy in ('replace_partitions', 'replace_when_changed') %}
            {{ return(touched_days(node.alias) | length > 0) }}
        {% endif %}
    {% endfor %}
    {{ return(true) }}
{% endmacro %}

{# These days, and those whose range of every key column meets that of one of them: where an equal key can lie. #}
{% macro days_meeting(model, key, days) %}
    {% set state = state_table('day', model.identifier) %}
    {% set ranged = adapter.get_columns_in_relation(api.Relation.create(database=model.database, schema='build_state', identifier=model.identifier ~ '__day')) | map(attribute='name') | list %}
    {% set meeting %}
        select distinct cast(there.dt as {{ dbt.type_string() }})
        from {{ state }} as here
        inner join {{ state }} as there
            on
                {%- for column in key if 'low__' ~ column in ranged %}
                here.low__{{ column }} <= there.high__{{ column }} and here.high__{{ column }} >= there.low__{{ column }} and
                {%- endfor %}
                here.dt in ({{ date_list(days) }})
    {% endset %}
    {{ return((days + (run_query(meeting).columns[0].values() | list)) | unique | list) }}
{% endmacro %}
