{{ same_figures_as('ind_l01__internet_hospitals') }}
