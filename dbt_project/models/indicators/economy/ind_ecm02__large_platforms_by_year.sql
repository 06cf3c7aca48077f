{{ same_figures_as('ind_s21__large_platforms') }}
