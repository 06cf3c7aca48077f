{#
    Monitoring stations. Belongs here: when a station counts as alive, and the model of the indicators that count those.
    Does not belong here: hours of silence (each station's own, set by the bureau by kind), readings.
#}

{#
    Condition over the station `thing`: it has sent data within its own hours before the end of the day that its state is of
    (24:00 district-local). Judged against that day and not the period's end: a month without a delivery keeps the last
    state, as every register does, and is not a month of silent stations. A station that never sent anything is not alive.
#}
{% macro station_alive() -%}
    {{ seconds_between(district_local('thing.last_data_at'), 'cast(' ~ add_days('thing.stated_on', 1) ~ ' as timestamp)') }}
    <= 3600 * thing.offline_after_hours
{%- endmacro %}

{# Stations in service and alive at each month's end; kind: a code of the contract, none for all kinds. #}
{% macro count_stations_alive(kind=none) %}
{%- set condition = lasts_on('thing.installed_on', 'thing.removed_on') ~ ' and ' ~ station_alive() %}
{%- if kind %}
    {%- set condition = condition ~ " and thing.kind = '" ~ kind ~ "'" %}
{%- endif %}
{{ count_in_force('ecology_monitoring', 'eco_station', 'station_code', condition) }}
{% endmacro %}
