{{ count_stations_alive('micro') }}
