{{ staged_register('public_safety', 'sec_entrance') }}
