{{ government_case_share('online', 'accepted') }}
