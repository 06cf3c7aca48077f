{{ staged_register('innovation_carriers', 'inv_carrier') }}
