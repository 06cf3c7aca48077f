-- Departments are named by the contracts in force.
select
    department_code,
    max(department_zh) as name_zh,
    max(department_en) as name_en
from {{ source('ledger', 'feed_contract') }}
where current
group by department_code
