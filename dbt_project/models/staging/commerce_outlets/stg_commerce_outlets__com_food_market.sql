{{ staged_register('commerce_outlets', 'com_food_market') }}
