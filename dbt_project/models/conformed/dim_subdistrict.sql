select
    subdistrict_code,
    name_zh,
    name_en
from {{ ref('subdistricts') }}
