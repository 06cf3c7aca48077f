{{ count_stations_alive('air') }}
