{{ count_stations_alive('fume') }}
