"""Public tables: feeds, their batches and their freshness."""

from __future__ import annotations

from warehouse.publish.tables.shape import Column, PublicTable

FEED = PublicTable(
    "feed",
    "数据源（一行一张数据表）",
    "Feeds, one row an entity",
    ("feed", "entity"),
    (
        Column("feed", "VARCHAR", "数据源", "feed"),
        Column("entity", "VARCHAR", "数据表", "entity"),
        Column("feed_label_zh", "VARCHAR", "数据源名称", "label of the feed"),
        Column("feed_label_en", "VARCHAR", "数据源名称（英文）", "label of the feed in English"),
        Column("label_zh", "VARCHAR", "数据表名称", "label of the entity"),
        Column("label_en", "VARCHAR", "数据表名称（英文）", "label of the entity in English"),
        Column("domain", "VARCHAR", "领域", "domain"),
        Column("department_code", "VARCHAR", "部门", "department"),
        Column("owner", "VARCHAR", "责任人（科室）", "owner"),
        Column("cadence", "VARCHAR", "报送频率", "cadence"),
        Column("due_text_zh", "VARCHAR", "报送时限", "deadline in Chinese"),
        Column("due_text_en", "VARCHAR", "报送时限（英文）", "deadline in English"),
        Column("calendar", "JSON", "交付日历", "delivery calendar"),
        Column("history", "VARCHAR", "register 登记、event 明细", "register or event"),
        Column("fields", "JSON", "字段", "fields"),
        Column("contract_version", "VARCHAR", "契约版本", "version of the contract"),
        Column("contract_sha256", "VARCHAR", "契约哈希", "hash of the contract"),
        Column("delivered", "BOOLEAN", "是否接入", "whether it is delivered at all"),
        Column("simulated", "BOOLEAN", "模拟数据", "simulated data"),
    ),
)

BATCH = PublicTable(
    "batch",
    "批次（一次交付）",
    "Batches: what one delivery brought",
    ("batch_id",),
    (
        Column("batch_id", "VARCHAR", "批次", "batch"),
        Column("feed", "VARCHAR", "数据源", "feed"),
        Column("entity", "VARCHAR", "数据表", "entity"),
        Column("source", "VARCHAR", "来源", "source"),
        Column("delivery_mode", "VARCHAR", "交付方式", "how it came"),
        Column("file_name", "VARCHAR", "文件名", "file name"),
        Column("files", "INTEGER", "文件数", "number of files"),
        Column("sha256", "VARCHAR", "SHA-256", "SHA-256 of the bytes"),
        Column("bytes", "BIGINT", "字节数", "bytes"),
        Column("encoding_declared", "VARCHAR", "声明编码", "declared encoding"),
        Column("encoding_detected", "VARCHAR", "识别编码", "detected encoding"),
        Column("generated_at", "TIMESTAMP", "生成时间（UTC）", "generated at (UTC)"),
        # Of a pulled source it is the moment of the pull.
        Column("received_at", "TIMESTAMP", "收到时间（UTC）", "received at (UTC)", volatile=True),
        Column("landed_at", "TIMESTAMP", "落地时间（UTC）", "landed at (UTC)", volatile=True),
        Column("decided_at", "TIMESTAMP", "裁定时间（UTC）", "decided at (UTC)", volatile=True),
        Column("period_start", "DATE", "数据期起", "first day of the data"),
        Column("period_end", "DATE", "数据期止", "last day of the data"),
        Column("mode", "VARCHAR", "full 全量、delta 增量、correction 更正", "full, delta or correction"),
        Column("batch_seq", "BIGINT", "序号", "sequence number"),
        Column("superseded_by", "VARCHAR", "被哪个批次取代", "batch that replaced it"),
        Column("rows_declared", "BIGINT", "声明行数", "declared rows"),
        Column(
            "checksum_declared",
            "VARCHAR",
            "报送方声明的校验值（算法:十六进制，多个文件以空格分隔）",
            "checksums that the sender declares (algorithm:digits, one a file)",
        ),
        Column("rows_read", "BIGINT", "读取行数", "rows read"),
        Column("rows_admitted", "BIGINT", "入库行数", "rows admitted"),
        Column("rows_rejected", "BIGINT", "拒收行数", "rows rejected"),
        Column("status", "VARCHAR", "landed、parsed、admitted 入库、held 扣留、superseded 被取代", "status"),
        Column("reason_zh", "VARCHAR", "原因", "reason in Chinese"),
        Column("reason_en", "VARCHAR", "原因（英文）", "reason in English"),
        Column("contract_version", "VARCHAR", "契约版本", "version of the contract"),
        Column("contract_sha256", "VARCHAR", "契约哈希", "hash of the contract"),
        Column("simulated", "BOOLEAN", "模拟数据", "simulated data"),
        Column("run_id", "VARCHAR", "运行", "run", volatile=True),
    ),
)

FEED_FRESHNESS = PublicTable(
    "feed_freshness",
    "数据时效",
    "Freshness of the feeds",
    ("feed", "entity"),
    (
        Column("feed", "VARCHAR", "数据源", "feed"),
        Column("entity", "VARCHAR", "数据表", "entity"),
        Column("as_of", "DATE", "截至日期", "as-of day"),
        Column("last_batch_id", "VARCHAR", "最近批次", "last batch"),
        Column("last_received_at", "TIMESTAMP", "最近收到时间（UTC）", "last received (UTC)", volatile=True),
        Column("data_period_start", "DATE", "最近数据期起", "first day of the newest data"),
        Column("data_period_end", "DATE", "数据截至", "last day of the newest data"),
        Column("expected_period_end", "DATE", "应报数据期止", "end of the period due"),
        Column("due_at", "TIMESTAMP", "应报时间（UTC）", "due (UTC)"),
        Column(
            "state", "VARCHAR", "not_due 未到期、on_time 按时、late 逾期、missing 缺报、not_delivered 未接入", "state"
        ),
        Column("days_late", "INTEGER", "逾期天数", "days late"),
    ),
)

FEED_FRESHNESS_HISTORY = PublicTable(
    "feed_freshness_history",
    "数据时效的变化（每次变化一行，as_of 为生效日）",
    "Freshness over time: one row a change, as_of = the first day it holds",
    ("feed", "entity", "as_of"),
    FEED_FRESHNESS.columns,
)
