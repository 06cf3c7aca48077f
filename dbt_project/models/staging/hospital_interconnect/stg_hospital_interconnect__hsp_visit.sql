{{ staged_event('hospital_interconnect', 'hsp_visit') }}
