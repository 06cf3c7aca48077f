{{ staged_register('education_base', 'edu_class') }}
