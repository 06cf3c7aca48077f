{{ staged_register('sports_venues', 'spt_senior_home') }}
