{{ staged_event('hospital_interconnect', 'hsp_daily_ledger', day_in_key=true) }}
