with period as (
    {{ ecommerce_months(['year_to_date']) }}
)

, part as (
    {{ ecommerce_two_years() }}
)

{{ observations(
    'part',
    numerator='sum(this_year_yuan) - sum(last_year_yuan)',
    denominator='sum(last_year_yuan)',
    subdistricts=false,
    batches='batch_ids',
    batches_are_lists=true
) }}
