{{ staged_register('parking', 'prk_lot') }}
