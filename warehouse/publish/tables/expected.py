"""Public tables: expected batches and what published figures lack of them."""

from __future__ import annotations

from warehouse.publish.tables.shape import Column, PublicTable

EXPECTED_BATCH = PublicTable(
    "expected_batch",
    "应报批次（一期一行，自首次报送起；免报期不列）",
    "Expected batches: one row a period since the first delivery, without exempt periods",
    ("feed", "entity", "period_end"),
    (
        Column("feed", "VARCHAR", "数据源", "feed"),
        Column("entity", "VARCHAR", "数据表", "entity"),
        Column("period_start", "DATE", "数据期起", "first day of the period"),
        Column("period_end", "DATE", "数据期止", "last day of the period"),
        Column("due_at", "TIMESTAMP", "应报时间（UTC）", "due (UTC)"),
        Column(
            "state",
            "VARCHAR",
            "not_due 未到期、on_time 按时、late 逾期（含宽限期内未到）、missing 缺报",
            "not_due, on_time, late (came late, or may still come within the grace days) or missing",
        ),
        Column("days_late", "INTEGER", "逾期天数", "days late"),
        Column("batch_id", "VARCHAR", "首个报送本期的批次", "batch that first brought the period"),
        # Where a source does not date its answers it is the moment of the pull.
        Column("delivered_at", "TIMESTAMP", "送达时间（UTC）", "delivered (UTC)", volatile=True),
        Column("held_batch_id", "VARCHAR", "已到但被扣留的批次", "batch of the period that came and is held"),
        Column(
            "covered_by",
            "VARCHAR",
            "本期未报，由此后续批次的全量补上（登记类）",
            "never came, but this later batch of the register brought the whole state",
        ),
    ),
)

EXPECTED_BATCH_TOTAL = PublicTable(
    "expected_batch_total",
    "应报批次汇总（数据源、部门、指标；全部与近一年）",
    "Totals of expected batches by feed, department and indicator, in all and of the last year",
    ("dimension", "dimension_code", "span"),
    (
        Column("dimension", "VARCHAR", "feed 数据源、department 部门、indicator 指标", "feed, department or indicator"),
        Column("dimension_code", "VARCHAR", "数据源、部门、指标编码", "code"),
        Column("span", "VARCHAR", "all 全部、year 近 365 天", "all, or year = the last 365 days"),
        Column("due", "BIGINT", "应报批次（已到期）", "batches whose deadline has passed"),
        Column("on_time", "BIGINT", "按时", "on time"),
        Column("late", "BIGINT", "逾期", "late"),
        Column("missing", "BIGINT", "缺报", "missing"),
        Column("not_due", "BIGINT", "未到期", "not due yet"),
    ),
)

FIGURE_GAP = PublicTable(
    "figure_gap",
    "已发布数值缺哪些应报批次",
    "Expected batches that published figures lack",
    ("indicator_code", "period_type", "period_start", "period_end", "feed", "entity", "state"),
    (
        Column("indicator_code", "VARCHAR", "指标编码", "indicator"),
        Column("period_type", "VARCHAR", "周期", "kind of period"),
        Column("period_start", "DATE", "数据期起", "first day of the figure"),
        Column("period_end", "DATE", "数据期止", "last day of the figure"),
        Column("feed", "VARCHAR", "数据源", "feed"),
        Column("entity", "VARCHAR", "数据表", "entity"),
        Column(
            "state",
            "VARCHAR",
            "missing 缺报、late 逾期未到、not_due 未到期",
            "missing, late (not there yet) or not_due",
        ),
        Column("batches", "BIGINT", "所缺批次数", "batches that are not there"),
        Column("first_period_end", "DATE", "所缺最早一期", "earliest period that lacks"),
        Column("last_period_end", "DATE", "所缺最近一期", "latest period that lacks"),
    ),
)
