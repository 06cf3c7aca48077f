{{ share_in_force(
    'network_coverage',
    'net_cell',
    part='rsrp_dbm >= ' ~ var('network_good_rsrp_dbm') ~ ' and sinr_db >= ' ~ var('network_good_sinr_db'),
    columns=['rsrp_dbm', 'sinr_db'],
    condition='thing.samples >= ' ~ var('network_min_samples')
        ~ ' and thing.rsrp_dbm is not null and thing.sinr_db is not null and thing.tested_on <= period.period_end'
) }}
