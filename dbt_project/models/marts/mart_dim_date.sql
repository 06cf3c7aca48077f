{{ config(alias='dim_date') }}
select * from {{ ref('dim_date') }}
