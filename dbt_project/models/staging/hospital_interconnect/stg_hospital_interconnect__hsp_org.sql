{{ staged_register('hospital_interconnect', 'hsp_org') }}
