-- Institutions that departments report about, as of the newest delivery of each register.
select
    'school' as institution_kind,
    org_code as institution_code,
    org_name as institution_name,
    subdistrict_code,
    'education_bureau' as department_code
from {{ ref('stg_education_base__edu_org') }}
where valid_to = date '9999-12-31'

union all

select
    'hospital' as institution_kind,
    org_code as institution_code,
    org_name as institution_name,
    subdistrict_code,
    'health_commission' as department_code
from {{ ref('stg_hospital_interconnect__hsp_org') }}
where valid_to = date '9999-12-31'

union all

select
    'ecommerce_platform' as institution_kind,
    platform_code as institution_code,
    platform_name as institution_name,
    registered_subdistrict as subdistrict_code,
    'commerce_commission' as department_code
from {{ ref('stg_ecommerce_gmv__ecm_platform') }}
where valid_to = date '9999-12-31'
