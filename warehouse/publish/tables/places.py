"""Public tables: departments and subdistricts."""

from __future__ import annotations

from warehouse.publish.tables.shape import Column, PublicTable

DEPARTMENT = PublicTable(
    "department",
    "部门",
    "Departments",
    ("department_code",),
    (
        Column("department_code", "VARCHAR", "部门", "department"),
        Column("name_zh", "VARCHAR", "名称", "name in Chinese"),
        Column("name_en", "VARCHAR", "名称（英文）", "name in English"),
    ),
)

SUBDISTRICT = PublicTable(
    "subdistrict",
    "街镇",
    "Subdistricts",
    ("area_code",),
    (
        Column("area_code", "VARCHAR", "九位代码", "nine-digit code"),
        Column("name_zh", "VARCHAR", "名称", "name in Chinese"),
        Column("name_en", "VARCHAR", "名称（英文）", "name in English"),
    ),
)
