{{ same_figures_as('ind_s07__education_accounts') }}
