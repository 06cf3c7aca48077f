{{ staged_event('hospital_interconnect', 'hsp_imaging_study') }}
