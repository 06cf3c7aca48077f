{{ government_case_share('finished_on_time', 'finished') }}
