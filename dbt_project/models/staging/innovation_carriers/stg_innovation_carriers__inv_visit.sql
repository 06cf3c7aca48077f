{{ staged_event('innovation_carriers', 'inv_visit') }}
