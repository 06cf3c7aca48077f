{{ government_case_share('satisfied', 'rated') }}
