{{ staged_register('hospital_interconnect', 'hsp_followup_site') }}
