"""Public tables: the snapshot itself and the publications before it."""

from __future__ import annotations

from warehouse.publish.tables.shape import Column, PublicTable

SNAPSHOT = PublicTable(
    "snapshot",
    "本次发布（一行）",
    "This publication, one row",
    ("snapshot_id",),
    (
        Column("snapshot_id", "VARCHAR", "发布编号", "id", volatile=True),
        Column("number", "INTEGER", "第几次发布", "number of the publication"),
        Column("as_of", "DATE", "数据截至", "as-of day"),
        Column("published_at", "TIMESTAMP", "发布时间（UTC）", "time of publication (UTC)", volatile=True),
        Column("run_id", "VARCHAR", "运行", "run", volatile=True),
        Column("code_version", "VARCHAR", "程序版本", "version of the code", volatile=True),
        Column("previous_snapshot_id", "VARCHAR", "上一次发布", "snapshot before", volatile=True),
        Column("district_code", "VARCHAR", "区代码", "code of the district"),
        Column("district_zh", "VARCHAR", "区名", "name of the district"),
        Column("district_en", "VARCHAR", "区名（英文）", "name of the district in English"),
        Column("time_zone", "VARCHAR", "时区", "time zone"),
        Column("plan_start", "DATE", "规划期起", "first day of the plan"),
        Column("plan_end", "DATE", "规划期止", "last day of the plan"),
        Column("simulated", "BOOLEAN", "含模拟数据", "contains simulated data"),
    ),
)

PUBLICATION = PublicTable(
    "publication",
    "历次发布（含本次）",
    "All publications up to this one",
    ("snapshot_id",),
    (
        Column("snapshot_id", "VARCHAR", "发布编号", "id"),
        Column("number", "INTEGER", "第几次发布", "number of the publication"),
        Column("as_of", "DATE", "数据截至", "as-of day"),
        Column("published_at", "TIMESTAMP", "发布时间（UTC）", "time of publication (UTC)"),
        Column("state", "VARCHAR", "published 已发布、withdrawn 已撤回", "published or withdrawn"),
        Column("new_figures", "BIGINT", "新增数值", "figures published for the first time"),
        Column("revised_figures", "BIGINT", "修订数值", "figures that were revised"),
    ),
    volatile=True,
)
