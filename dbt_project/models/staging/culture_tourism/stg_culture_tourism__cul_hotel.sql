{{ staged_register('culture_tourism', 'cul_hotel') }}
