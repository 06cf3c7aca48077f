{{ count_stations_alive('dust') }}
