{{ no_observations() }}
