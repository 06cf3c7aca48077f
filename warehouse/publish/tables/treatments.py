"""Public table: what reading mended in a batch or let pass with a remark."""

from __future__ import annotations

from warehouse.publish.tables.shape import Column, PublicTable

BATCH_TREATMENT = PublicTable(
    "batch_treatment",
    "批次的修复与标记（未拒收任何行）",
    "What was repaired or flagged in a batch, rejecting nothing",
    ("batch_id", "code", "column_name"),
    (
        Column("batch_id", "VARCHAR", "批次", "batch"),
        Column("code", "VARCHAR", "所见情形", "what was seen"),
        Column("column_name", "VARCHAR", "字段，空为整个文件或整行", "field; empty: the file or row as a whole"),
        Column("treatment", "VARCHAR", "repaired 已修复、flagged 已标记", "repaired or flagged"),
        Column("rows", "BIGINT", "涉及行数", "rows concerned"),
        Column("example", "VARCHAR", "首例位置（文件、工作表、行）", "place of the first one (file, sheet, row)"),
        Column("text_zh", "VARCHAR", "说明", "text in Chinese"),
        Column("text_en", "VARCHAR", "说明（英文）", "text in English"),
    ),
)
