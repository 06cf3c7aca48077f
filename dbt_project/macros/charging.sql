{#
    Charging piles. Belongs here: what counts as fast. Does not belong here: periods, counting (registers.sql).
#}

{# Condition: the pile can give direct current, or at least 60 kW: below that an ordinary battery needs hours, not minutes. #}
{% macro is_fast_pile(prefix='') -%}
    ({{ prefix }}equipment_type in ('dc', 'ac_dc') or {{ prefix }}power_kw >= 60)
{%- endmacro %}
