{{ government_case_share('wholly_online', 'accepted') }}
