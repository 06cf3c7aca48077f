{{ count_stations_alive('water') }}
