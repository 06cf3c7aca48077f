{{ config(alias='dim_department') }}
select * from {{ ref('dim_department') }}
