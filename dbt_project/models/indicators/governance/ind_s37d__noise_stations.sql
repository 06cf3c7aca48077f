{{ count_stations_alive('noise') }}
