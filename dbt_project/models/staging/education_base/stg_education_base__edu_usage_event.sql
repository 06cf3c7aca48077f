{{ staged_event('education_base', 'edu_usage_event') }}
