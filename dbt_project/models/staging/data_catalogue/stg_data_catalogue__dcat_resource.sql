{{ staged_register('data_catalogue', 'dcat_resource') }}
