-- Rows whose register entry has not come: parked, out of every figure that joins the register, and taken in by the first build
-- after the register names them (registers come late, which is normal). Where a register was never delivered, nothing waits.
-- unresolved: a register that came more than 7 days after the row still lacks the entry, so that somebody has to ask.
{% for reference in register_references() %}
{{ waiting_rows(*reference) }}
{{ 'union all' if not loop.last }}
{% endfor %}
