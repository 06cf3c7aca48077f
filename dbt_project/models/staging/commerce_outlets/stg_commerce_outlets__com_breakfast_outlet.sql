{{ staged_register('commerce_outlets', 'com_breakfast_outlet') }}
