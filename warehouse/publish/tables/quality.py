"""Public tables: checks and failing rows."""

from __future__ import annotations

from warehouse.publish.tables.shape import Column, PublicTable

CHECK_RESULT = PublicTable(
    "check_result",
    "质量检查结果",
    "Results of the quality checks",
    ("check_result_id",),
    (
        Column("check_result_id", "VARCHAR", "检查结果编号", "id of the result", volatile=True),
        Column("scope", "VARCHAR", "feed 入库检查、published 发布检查", "at admission, or before publishing"),
        Column("feed", "VARCHAR", "数据源", "feed"),
        Column("entity", "VARCHAR", "数据表", "entity"),
        Column("indicator_code", "VARCHAR", "指标编码", "indicator"),
        Column("batch_id", "VARCHAR", "批次", "batch"),
        Column("check_key", "VARCHAR", "检查键", "key of the check"),
        Column("column_name", "VARCHAR", "字段", "column"),
        Column("name_zh", "VARCHAR", "检查名称", "name in Chinese"),
        Column("name_en", "VARCHAR", "检查名称（英文）", "name in English"),
        Column("dimension", "VARCHAR", "GB/T 36344 维度", "dimension of GB/T 36344"),
        Column("severity", "VARCHAR", "error 严重、warning 一般", "severity"),
        Column("blocking", "BOOLEAN", "是否阻断", "whether a failure blocks"),
        Column("owner", "VARCHAR", "责任人", "owner"),
        Column("outcome", "VARCHAR", "PASSED 通过、WARN 警告、FAILED 不通过、NOT_EVALUATED 未能检查", "outcome"),
        Column("measured", "DOUBLE", "测得值", "measured value"),
        Column("threshold", "VARCHAR", "阈值", "threshold"),
        Column("failed_rows", "BIGINT", "不合格行数", "failing rows"),
        Column("reason", "VARCHAR", "检查理由", "why the check exists"),
        Column("errors", "VARCHAR", "未能检查的原因", "what kept it from being evaluated"),
        Column("rows_tested", "BIGINT", "检查的行数（X = A/B 的 B）", "rows tested (B of X = A/B)"),
        Column("rows_satisfied", "BIGINT", "其中合格的行数（A）", "rows of them that satisfy the rule (A)"),
        Column("evaluated_at", "TIMESTAMP", "检查时间（UTC）", "evaluated (UTC)", volatile=True),
        Column("run_id", "VARCHAR", "运行", "run", volatile=True),
    ),
)

FAILED_ROW = PublicTable(
    "failed_row",
    "不合格行与拒收行（脱敏样例）",
    "Failing and rejected rows (masked samples)",
    ("check_key", "batch_id", "entity", "sample_number"),
    (
        Column(
            "check_key",
            "VARCHAR",
            "检查键；拒收行为 reject.<原因码>",
            "key of the check; reject.<code> for rejected rows",
        ),
        Column("batch_id", "VARCHAR", "批次；发布检查为空串", "batch; empty for checks of published tables"),
        Column("feed", "VARCHAR", "数据源", "feed"),
        Column("entity", "VARCHAR", "数据表", "entity"),
        Column("sample_number", "INTEGER", "样例序号", "number of the sample"),
        Column("file_name", "VARCHAR", "文件名", "file name"),
        Column("sheet", "VARCHAR", "工作表", "sheet"),
        Column("row_number", "BIGINT", "行号", "row number"),
        Column("reason_zh", "VARCHAR", "原因", "reason in Chinese"),
        Column("reason_en", "VARCHAR", "原因（英文）", "reason in English"),
        Column("values_json", "JSON", "字段值（受保护字段已遮盖）", "values (protected fields masked)"),
    ),
)
