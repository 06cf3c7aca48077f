{{ config(alias='dim_subdistrict') }}
select * from {{ ref('dim_subdistrict') }}
