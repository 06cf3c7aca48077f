"""Public tables: what is made of what."""

from __future__ import annotations

from warehouse.publish.tables.shape import Column, PublicTable

LINEAGE_EDGE = PublicTable(
    "lineage_edge",
    "血缘：部门 -> 数据源 -> 数据表 -> 模型 -> 指标",
    "Lineage: department -> feed -> entity -> models -> indicator",
    ("from_node", "to_node", "from_column", "to_column", "transformation"),
    (
        Column("from_node", "VARCHAR", "上游节点", "upstream node"),
        Column(
            "from_kind",
            "VARCHAR",
            "上游类别：department、feed、entity、staging、conformed、model、indicator",
            "kind of the upstream node",
        ),
        Column("from_label_zh", "VARCHAR", "上游名称", "label of the upstream node"),
        Column("from_label_en", "VARCHAR", "上游名称（英文）", "label of the upstream node in English"),
        Column("to_node", "VARCHAR", "下游节点", "downstream node"),
        Column("to_kind", "VARCHAR", "下游类别", "kind of the downstream node"),
        Column("to_label_zh", "VARCHAR", "下游名称", "label of the downstream node"),
        Column("to_label_en", "VARCHAR", "下游名称（英文）", "label of the downstream node in English"),
        Column("from_column", "VARCHAR", "上游字段；空串为表级", "upstream column; empty = the whole table"),
        Column(
            "to_column",
            "VARCHAR",
            "下游字段；空串为表级：上游字段非空时，该字段决定下游有哪些行",
            "downstream column; empty = the whole table: an upstream column then decides which rows there are",
        ),
        Column(
            "transformation",
            "VARCHAR",
            "直接：identity、transformation、aggregation；间接：conditional、window、filter、join、group_by、sort；空串为表级",
            "how the upstream column goes in: directly (identity, transformation, aggregation) or indirectly "
            "(conditional, window, filter, join, group_by, sort); empty between whole tables",
        ),
    ),
)

LINEAGE_COLUMN = PublicTable(
    "lineage_column",
    "血缘中的字段：名称，以及来源未能解析的原因",
    "Columns in the lineage: their names, and where an origin could not be resolved",
    ("node", "column_name"),
    (
        Column("node", "VARCHAR", "节点，同 lineage_edge", "node, as in lineage_edge"),
        Column("column_name", "VARCHAR", "字段；空串为整个节点", "column; empty = the whole node"),
        Column("position", "INTEGER", "字段序号，自 1 起", "position of the column, from 1 on"),
        Column(
            "label_zh", "VARCHAR", "字段名称（契约或口径），没有则为空", "label from contract or definition, or NULL"
        ),
        Column("label_en", "VARCHAR", "字段名称（英文）", "label in English"),
        Column(
            "unresolved_zh",
            "VARCHAR",
            "来源未能解析的原因；NULL 为已解析",
            "why its origin is unknown; NULL = it is known",
        ),
        Column("unresolved_en", "VARCHAR", "来源未能解析的原因（英文）", "why its origin is unknown, in English"),
    ),
)
