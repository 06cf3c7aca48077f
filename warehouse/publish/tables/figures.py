"""Public tables: definitions, figures, their status, revisions and evidence."""

from __future__ import annotations

from warehouse.publish.tables.shape import Column, PublicTable

FIGURE = (
    Column("indicator_code", "VARCHAR", "指标编码", "indicator code"),
    Column("period_type", "VARCHAR", "周期类型：day、month、quarter、year、year_to_date、window", "kind of period"),
    Column("period_start", "DATE", "数据期起（含）", "first day of the data period"),
    Column("period_end", "DATE", "数据期止（含）", "last day of the data period"),
    Column(
        "area_code",
        "VARCHAR",
        "区域：区代码为全区合计，九位为街镇",
        "area: the district's code = its total, nine digits = a subdistrict",
    ),
)

FIGURE_KEY = ("indicator_code", "period_type", "period_start", "period_end", "area_code")

INDICATOR = PublicTable(
    "indicator",
    "指标定义",
    "Definitions of the indicators",
    ("indicator_code",),
    (
        Column("indicator_code", "VARCHAR", "指标编码", "indicator code"),
        Column("definition_version", "INTEGER", "口径版本", "version of the definition"),
        Column("name_zh", "VARCHAR", "中文名称", "Chinese name"),
        Column("name_en", "VARCHAR", "英文名称", "English name"),
        Column("domain", "VARCHAR", "领域：economy、life、governance、base", "domain"),
        Column("area", "VARCHAR", "专题", "topic within the domain"),
        Column("tier", "VARCHAR", "层级：headline、supporting、operational", "tier"),
        Column("unit_zh", "VARCHAR", "单位", "unit in Chinese"),
        Column("unit_en", "VARCHAR", "单位（英文）", "unit in English"),
        Column("decimals", "INTEGER", "发布小数位", "printed decimals"),
        Column(
            "direction", "VARCHAR", "方向：higher 越高越好、lower 越低越好、neutral 中性", "which direction is better"
        ),
        Column(
            "measure_basis", "VARCHAR", "计量方式：stock、flow、cumulative、ratio、windowed_ratio", "what is measured"
        ),
        Column("period_type", "VARCHAR", "主要周期", "main kind of period"),
        Column("additive", "BOOLEAN", "街镇之和是否等于全区", "whether subdistricts sum to the district"),
        Column("ceiling", "DOUBLE", "上限", "ceiling of the value"),
        Column("integer_steps", "BOOLEAN", "是否按整数变化", "whether the value moves in whole steps"),
        Column("binding", "BOOLEAN", "约束性（否则为预期性）", "binding (else expected)"),
        Column("baseline_value", "DOUBLE", "基期值", "value at the baseline"),
        Column("baseline_date", "DATE", "基期", "date of the baseline"),
        Column("target_value", "DOUBLE", "目标值", "target"),
        Column("target_date", "DATE", "目标日期", "date of the target"),
        Column("target_source", "VARCHAR", "目标出处", "where the target comes from"),
        Column("target_illustrative", "BOOLEAN", "目标为示意值", "the target is illustrative"),
        Column("milestones", 'STRUCT("date" DATE, "value" DOUBLE)[]', "分阶段目标", "milestones"),
        Column(
            "department_code",
            "VARCHAR",
            "现责任部门；未明确为空",
            "department responsible now; NULL = not settled",
        ),
        Column(
            "departments",
            'STRUCT("code" VARCHAR, "from" DATE, "to" DATE)[]',
            "责任部门及起止日（含；to 为空表示至今）",
            "responsible departments by time, both days included; to NULL = still",
        ),
        Column("state", "VARCHAR", "口径状态：agreed、undefined、drafting、reporting", "state of the definition"),
        Column("workflow_owner_zh", "VARCHAR", "口径制定责任方（未定口径）", "who works on the definition, in Chinese"),
        Column("workflow_owner_en", "VARCHAR", "口径制定责任方（英文）", "who works on the definition"),
        Column("workflow_next_on", "DATE", "口径制定的下一节点", "day of the next step towards a definition"),
        Column(
            "changes",
            'STRUCT("version" INTEGER, "from" DATE, "zh" VARCHAR, "en" VARCHAR,'
            ' "bridge" STRUCT("factor" DOUBLE, "reason" VARCHAR))[]',
            "口径变更：版本、起用数据期首日、内容、衔接系数（新口径 = 旧口径 × 系数；为空则前后不可比）",
            "what each version changed: first day of the periods under it, and a bridge (new = old x factor);"
            " NULL = figures before and after are not comparable",
        ),
        Column("definition_zh", "VARCHAR", "口径说明", "definition in Chinese"),
        Column("definition_en", "VARCHAR", "口径说明（英文）", "definition in English"),
        Column("numerator_zh", "VARCHAR", "分子", "numerator in words"),
        Column("denominator_zh", "VARCHAR", "分母", "denominator in words"),
        Column("source", "VARCHAR", "指标出处", "source of the indicator"),
        Column("model_name", "VARCHAR", "dbt 模型", "dbt model"),
        Column("sql_text", "VARCHAR", "计算语句", "SQL of the model"),
        Column("proof", "VARCHAR", "独立复算语句", "independent query that recomputes the figure from raw rows"),
        Column("feeds", "VARCHAR[]", "所用数据源", "feeds it rests on"),
        Column("entities", "VARCHAR[]", "所用数据表（数据源.表）", "entities it rests on, as feed.entity"),
        Column("held_reason_zh", "VARCHAR", "暂停发布原因；未暂停为空", "why it is held; NULL when it is not"),
        Column("held_reason_en", "VARCHAR", "暂停发布原因（英文）", "why it is held, in English"),
    ),
)

INDICATOR_OBSERVATION = PublicTable(
    "indicator_observation",
    "指标数值",
    "Figures",
    FIGURE_KEY,
    (
        FIGURE[0],
        Column("definition_version", "INTEGER", "口径版本", "version of the definition"),
        *FIGURE[1:],
        Column("numerator", "DOUBLE", "分子", "numerator"),
        Column("denominator", "DOUBLE", "分母；计数为空", "denominator; NULL for counts"),
        Column("value", "DOUBLE", "数值（百分比为 0-100）", "value (percentages 0-100)"),
        Column("coverage", "DOUBLE", "数据覆盖度 0-1", "share of the expected data that is in, 0-1"),
        Column("batch_ids", "VARCHAR[]", "来源批次", "batches it rests on"),
        Column(
            "state",
            "VARCHAR",
            "published 已发布、held 暂停发布（沿用上次数值）、withheld 新数值待签署（沿用上次数值）",
            "published, held at the last good value, or withheld: the last published value while a newer one is signed",
        ),
        Column(
            "is_provisional", "BOOLEAN", "初步数：该期数据尚未到齐", "provisional: the period's data are not all in"
        ),
    ),
)

INDICATOR_STATUS = PublicTable(
    "indicator_status",
    "指标进度（每个指标一行，全区）",
    "Progress against the plan, one row an indicator, district total",
    ("indicator_code",),
    (
        Column("indicator_code", "VARCHAR", "指标编码", "indicator code"),
        Column("area_code", "VARCHAR", "区代码", "the district"),
        Column("as_of", "DATE", "截至日期", "as-of day"),
        Column("period_type", "VARCHAR", "周期类型", "kind of period"),
        Column("period_start", "DATE", "数据期起", "first day of the data period"),
        Column("period_end", "DATE", "数据期止", "last day of the data period"),
        Column("value", "DOUBLE", "现值", "value"),
        Column("numerator", "DOUBLE", "分子", "numerator"),
        Column("denominator", "DOUBLE", "分母", "denominator"),
        Column("baseline", "DOUBLE", "基期值", "value at the baseline"),
        Column("target", "DOUBLE", "目标值", "target"),
        Column("target_date", "DATE", "目标日期", "date of the target"),
        Column("target_is_illustrative", "BOOLEAN", "目标为示意值", "the target is illustrative"),
        Column("time_share", "DOUBLE", "时间进度 0-1", "share of time gone, 0-1"),
        Column(
            "required_share",
            "DOUBLE",
            "按路径应完成的进度 0-1（有分阶段目标时按其折线）",
            "share of the way that the path asks for",
        ),
        Column(
            "progress_share",
            "DOUBLE",
            "完成进度（1 为达到目标，可为负）",
            "share of the way gone; 1 = target reached, may be negative",
        ),
        Column("required_value", "DOUBLE", "按路径应达到的数值", "value that the path asks for"),
        Column("status", "VARCHAR", "进度状态", "status"),
        Column("status_zh", "VARCHAR", "进度状态（中文）", "status in Chinese"),
        Column("status_en", "VARCHAR", "进度状态（英文）", "status in English"),
        Column("sentence_zh", "VARCHAR", "说明", "explanation in Chinese"),
        Column("sentence_en", "VARCHAR", "说明（英文）", "explanation in English"),
        Column("freshness", "VARCHAR", "上游数据最差时效状态", "worst freshness state upstream"),
        Column("quality", "VARCHAR", "上游质量：ok、warning、failed、unknown", "quality upstream"),
        Column("previous_value", "DOUBLE", "上一期数值", "value of the period before"),
        Column("previous_period_end", "DATE", "上一期止", "end of the period before"),
        Column(
            "expected_period_end",
            "DATE",
            "按交付日历应已有的最近一期止",
            "end of the period that should be there by the calendar",
        ),
        Column("is_provisional", "BOOLEAN", "初步数", "provisional"),
        Column("definition_version", "INTEGER", "口径版本", "version of the definition"),
    ),
)

INDICATOR_REVISION = PublicTable(
    "indicator_revision",
    "发布与修订台账（只增不改）",
    "What was published when, append-only",
    (*FIGURE_KEY, "revision_number"),
    (
        FIGURE[0],
        Column("definition_version", "INTEGER", "口径版本", "version of the definition"),
        *FIGURE[1:],
        Column("revision_number", "INTEGER", "该数值第几次发布", "1 = first publication of the figure"),
        Column("value", "DOUBLE", "数值；空为撤下", "value; NULL = withdrawn"),
        Column("numerator", "DOUBLE", "分子", "numerator"),
        Column("denominator", "DOUBLE", "分母", "denominator"),
        Column("previous_value", "DOUBLE", "修订前数值（当时口径）", "value before, as it was published"),
        Column(
            "comparable_previous_value",
            "DOUBLE",
            "修订前数值（折算为现口径；口径变更且无衔接系数时为空，不可比）",
            "value before in terms of this row's version; NULL when a changed definition without a bridge lies between",
        ),
        Column(
            "reason_class",
            "VARCHAR",
            "原因类别",
            "first_publication, better_source, recalculation, definition_change, error_correction",
        ),
        Column("reason", "VARCHAR", "原因", "reason"),
        Column("snapshot_id", "VARCHAR", "发布编号", "snapshot that brought it", volatile=True),
        Column("published_at", "TIMESTAMP", "发布时间（UTC）", "time of publication (UTC)", volatile=True),
        Column("seq", "BIGINT", "台账序号", "row of the revision ledger", volatile=True),
    ),
)

INDICATOR_EVIDENCE = PublicTable(
    "indicator_evidence",
    "数值与批次的对应",
    "Which batches a figure rests on",
    (*FIGURE_KEY, "batch_id"),
    (
        *FIGURE,
        Column("batch_id", "VARCHAR", "批次", "batch"),
        Column(
            "rows",
            "BIGINT",
            "批次中落在该数据期的行数（登记类为全部入库行）",
            "rows of the batch within the period (registers: all admitted rows)",
        ),
    ),
)
