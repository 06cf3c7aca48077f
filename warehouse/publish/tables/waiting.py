"""Public tables: what waits for something that its sender has not sent yet."""

from __future__ import annotations

from warehouse.publish.tables.shape import Column, PublicTable

WAITING_ROW = PublicTable(
    "waiting_row",
    "等待登记的行（所指的编号还没有登记，不计入任何指标；登记到达后自动计入）",
    "Rows that wait for their register entry: in no figure, taken in by themselves once the register names them",
    ("feed", "entity", "column_name", "key_value", "dt", "batch_id"),
    (
        Column("feed", "VARCHAR", "数据源", "feed"),
        Column("entity", "VARCHAR", "数据表", "entity"),
        Column("column_name", "VARCHAR", "指向登记的字段", "field that refers to the register"),
        Column("waits_for", "VARCHAR", "等待哪张登记表", "register that it waits for"),
        Column(
            "key_value", "VARCHAR", "未登记的编号（受保护的字段为 ***）", "code not registered; *** where protected"
        ),
        Column("dt", "DATE", "数据日期", "day of the rows"),
        Column("batch_id", "VARCHAR", "批次", "batch"),
        Column("row_count", "BIGINT", "行数", "rows"),
        Column("came_at", "TIMESTAMP", "收到时间（UTC）", "received at (UTC)", volatile=True),
        Column(
            "state",
            "VARCHAR",
            "waiting 等待、unresolved 登记已更新而仍缺，须核实",
            "waiting; unresolved: the register came meanwhile and still lacks it, somebody has to ask",
        ),
    ),
)

WAITING_DELIVERY = PublicTable(
    "waiting_delivery",
    "等待控制文件的交付（文件已在，控制文件未到，尚未接收）",
    "Deliveries that wait for their control file: the file is there, not taken in yet",
    ("feed", "entity", "delivery_key", "file_name"),
    (
        Column("feed", "VARCHAR", "数据源", "feed"),
        Column("entity", "VARCHAR", "数据表", "entity"),
        Column("delivery_key", "VARCHAR", "交付方式", "way of delivery"),
        Column("file_name", "VARCHAR", "文件名", "file name"),
        Column("waits_for", "VARCHAR", "等待的控制文件", "control file that it waits for"),
        Column("received_at", "TIMESTAMP", "文件时间（UTC）", "time of the file (UTC)"),
        Column("period_start", "DATE", "数据期起", "first day of the data"),
        Column("period_end", "DATE", "数据期止", "last day of the data"),
    ),
)
