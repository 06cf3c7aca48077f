{# Numbers that differ from those another source gives for the same thing (`other`, a column beside) by more than `share` of
   the latter, a fraction. Where only one of them is known there is nothing to compare. #}
{% test agrees_with(model, column_name, other, share) %}
select *
from {{ model }}
where abs({{ column_name }} - {{ other }}) > {{ share }} * {{ other }}
{% endtest %}
