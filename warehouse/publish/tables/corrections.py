"""Public table: what known errors of providers met in batches."""

from __future__ import annotations

from warehouse.publish.tables.shape import Column, PublicTable

BATCH_CORRECTION = PublicTable(
    "batch_correction",
    "已知报送错误的更正",
    "Corrections of known errors of providers",
    ("batch_id", "correction", "outcome"),
    (
        Column("batch_id", "VARCHAR", "批次", "batch"),
        Column("correction", "VARCHAR", "更正名称", "name of the correction"),
        Column(
            "outcome",
            "VARCHAR",
            "applied 已更正、proposed 尚未生效、returned 期满后再现、mended 报送单位已改正、differs 另一个值",
            "applied, proposed (not in force yet), returned (after its term), mended (by the provider), differs (a "
            "third value)",
        ),
        Column("column_name", "VARCHAR", "字段", "column"),
        Column("rows", "BIGINT", "涉及行数", "rows concerned"),
        Column("file_name", "VARCHAR", "首例所在文件", "file of the first row"),
        Column("sheet", "VARCHAR", "首例所在工作表", "sheet of the first row"),
        Column("row_number", "BIGINT", "首例行号", "number of the first row"),
        Column("expected", "VARCHAR", "已知错误值，空为未填", "the wrong value; NULL: delivered empty"),
        Column("corrected", "VARCHAR", "正确值，空为应缺", "the right value; NULL: to be missing"),
        Column("status", "VARCHAR", "proposed、in_force、mended、expired", "status of the correction"),
        Column("reason_zh", "VARCHAR", "理由", "reason in Chinese"),
        Column("reason_en", "VARCHAR", "理由（英文）", "reason in English"),
        Column("who", "VARCHAR", "由谁登记", "who recorded it"),
        Column("since", "DATE", "适用于自该日收到的交付", "first day of deliveries that it is about"),
        Column("until", "DATE", "适用于至该日收到的交付", "last day of deliveries that it is about"),
    ),
)
