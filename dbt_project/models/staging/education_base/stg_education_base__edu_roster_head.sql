{{ staged_event('education_base', 'edu_roster_head', day_in_key=true) }}
