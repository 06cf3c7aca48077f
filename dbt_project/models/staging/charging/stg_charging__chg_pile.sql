{{ staged_register('charging', 'chg_pile') }}
