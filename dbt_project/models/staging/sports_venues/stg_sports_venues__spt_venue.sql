{{ staged_register('sports_venues', 'spt_venue') }}
