{# Parking rules that more than one model needs. #}

{# Minute of the day of a clock text such as 07:30 or 24:00; NULL when it is none. #}
{% macro minute_of_day(clock) -%}
    (try_cast(split_part({{ clock }}, ':', 1) as int) * 60 + try_cast(split_part({{ clock }}, ':', 2) as int))
{%- endmacro %}

{# Whole minutes since midnight of a district-local timestamp. #}
{% macro minutes_since_midnight(timestamp) -%}
    (hour({{ timestamp }}) * 60 + minute({{ timestamp }}))
{%- endmacro %}

{# Days on which a lot's due uploads are no longer what fct_parking_lot_day was built with: the register changed. #}
{% macro lot_days_due_otherwise() %}
    select coalesce(due.dt, built.dt) as dt
    from {{ ref('fct_parking_lot_due') }} as due
    full join {{ this }} as built on due.dt = built.dt and due.lot_code = built.lot_code
    where
        due.lot_code is null
        or built.lot_code is null
        or due.subdistrict_code is distinct from built.subdistrict_code
        or due.interval_minutes != built.interval_minutes
        or due.opens_minute != built.opens_minute
        or due.closes_minute != built.closes_minute
        or due._batch_id is distinct from built.register_batch_id
{% endmacro %}
