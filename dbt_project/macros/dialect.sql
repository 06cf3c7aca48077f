{#
    What DuckDB and Spark spell differently. Belongs here: one dispatched macro per such function.
    Does not belong here: anything that both engines write alike.
#}

{# District-local time (TIMESTAMP without zone) of a UTC TIMESTAMP without zone. #}
{% macro district_local(timestamp) %}{{ return(adapter.dispatch('district_local')(timestamp)) }}{% endmacro %}
{% macro duckdb__district_local(timestamp) -%}
    cast(timezone('{{ var("district").zone }}', timezone('UTC', {{ timestamp }})) as timestamp)
{%- endmacro %}
{% macro spark__district_local(timestamp) -%}
    cast(from_utc_timestamp({{ timestamp }}, '{{ var("district").zone }}') as timestamp_ntz)
{%- endmacro %}

{# Whole seconds from one timestamp to another (dbt.datediff counts boundaries on one engine and rounds on the other). #}
{% macro seconds_between(earlier, later) %}{{ return(adapter.dispatch('seconds_between')(earlier, later)) }}{% endmacro %}
{% macro duckdb__seconds_between(earlier, later) -%} date_sub('second', {{ earlier }}, {{ later }}) {%- endmacro %}
{% macro spark__seconds_between(earlier, later) -%} timestampdiff(SECOND, {{ earlier }}, {{ later }}) {%- endmacro %}

{# Calendar days from one date to another. #}
{% macro days_between(earlier, later) %}{{ return(adapter.dispatch('days_between')(earlier, later)) }}{% endmacro %}
{% macro duckdb__days_between(earlier, later) -%} date_diff('day', {{ earlier }}, {{ later }}) {%- endmacro %}
{% macro spark__days_between(earlier, later) -%} datediff({{ later }}, {{ earlier }}) {%- endmacro %}

{# A date some days later or earlier (negative). #}
{% macro add_days(day, days) -%} cast({{ day }} + cast({{ days }} as int) * interval 1 day as date) {%- endmacro %}

{# Hash of several columns; NULL differs from every text that a delivery can hold. #}
{% macro md5_key(columns) -%}
    {%- if columns == ['*'] -%} '' {%- else -%}
    md5({% for column in columns %}coalesce(cast({{ column }} as {{ dbt.type_string() }}), '~'){{ " || '|' || " if not loop.last }}{% endfor %})
    {%- endif -%}
{%- endmacro %}

{# Text at a key of a JSON object kept as text. #}
{% macro json_text(column, key) %}{{ return(adapter.dispatch('json_text')(column, key)) }}{% endmacro %}
{% macro duckdb__json_text(column, key) -%} json_extract_string({{ column }}, '$.{{ key }}') {%- endmacro %}
{% macro spark__json_text(column, key) -%} get_json_object({{ column }}, '$.{{ key }}') {%- endmacro %}

{# Type of batch_ids, and the list of no batches. #}
{% macro text_list() %}{{ return(adapter.dispatch('text_list')()) }}{% endmacro %}
{% macro duckdb__text_list() -%} varchar[] {%- endmacro %}
{% macro spark__text_list() -%} array<string> {%- endmacro %}
{% macro no_batches() %}{{ return(adapter.dispatch('no_batches')()) }}{% endmacro %}
{% macro duckdb__no_batches() -%} cast([] as varchar[]) {%- endmacro %}
{% macro spark__no_batches() -%} cast(array() as array<string>) {%- endmacro %}

{# One row per element of a list column, as column `element`. #}
{% macro each_element(relation, list_column, keep) %}{{ return(adapter.dispatch('each_element')(relation, list_column, keep)) }}{% endmacro %}
{% macro duckdb__each_element(relation, list_column, keep) -%}
    select {{ keep | join(', ') }}, unnest({{ list_column }}) as element from {{ relation }}
{%- endmacro %}
{% macro spark__each_element(relation, list_column, keep) -%}
    select {{ keep | join(', ') }}, explode({{ list_column }}) as element from {{ relation }}
{%- endmacro %}

{# Two lists as one; a NULL list counts as empty. #}
{% macro both_lists(left, right) %}{{ return(adapter.dispatch('both_lists')(left, right)) }}{% endmacro %}
{% macro duckdb__both_lists(left, right) -%} list_concat({{ left }}, {{ right }}) {%- endmacro %}
{% macro spark__both_lists(left, right) -%} concat(coalesce({{ left }}, array()), coalesce({{ right }}, array())) {%- endmacro %}

{# A list of one value. #}
{% macro list_of(value) %}{{ return(adapter.dispatch('list_of')(value)) }}{% endmacro %}
{% macro duckdb__list_of(value) -%} list_value({{ value }}) {%- endmacro %}
{% macro spark__list_of(value) -%} array({{ value }}) {%- endmacro %}

{# One row per day, as column date_day; both ends included. #}
{% macro days(first, last) %}{{ return(adapter.dispatch('days')(first, last)) }}{% endmacro %}
{% macro duckdb__days(first, last) -%}
    select cast(unnest(generate_series(date '{{ first }}', date '{{ last }}', interval 1 day)) as date) as date_day
{%- endmacro %}
{% macro spark__days(first, last) -%}
    select explode(sequence(date '{{ first }}', date '{{ last }}', interval 1 day)) as date_day
{%- endmacro %}
