{{ count_stations_alive() }}
