"""Public tables: forecasts, claims and totals."""

from __future__ import annotations

from warehouse.publish.tables.shape import Column, PublicTable

INDICATOR_FORECAST = PublicTable(
    "indicator_forecast",
    "到目标日期的推算（每个指标一行，全区；不能推算时写明原因）",
    "Forecasts to the target date, one row an indicator, district total; or why there is none",
    ("indicator_code",),
    (
        Column("indicator_code", "VARCHAR", "指标编码", "indicator code"),
        Column("as_of", "DATE", "截至日期", "as-of day"),
        Column(
            "method",
            "VARCHAR",
            "方法：drift 带漂移的随机游走、damped_trend 阻尼趋势；不推算为空",
            "method: drift = random walk with drift, damped_trend; NULL when refused",
        ),
        Column("points", "INTEGER", "趋势所用数值个数", "figures that the trend rests on"),
        Column("target_date", "DATE", "目标日期", "date of the target"),
        Column(
            "required_pace",
            "DOUBLE",
            "自最新数值起每年须变化多少才能按期达到目标（指标单位/年）",
            "change a year that the target asks for from the latest figure on (units of the indicator)",
        ),
        Column(
            "last_pace",
            "DOUBLE",
            "最近一年实际变化（无上年同期则按上一期折算，指标单位/年）",
            "change a year since the figure one year earlier, else since the one before (units of the indicator)",
        ),
        Column(
            "trend_pace", "DOUBLE", "趋势的年均变化（指标单位/年）", "change a year by the trend up to the target date"
        ),
        Column("forecast_value", "DOUBLE", "目标日期的推算值", "value expected at the target date"),
        Column("lower", "DOUBLE", "推算区间下限", "lower end of the range"),
        Column("upper", "DOUBLE", "推算区间上限", "upper end of the range"),
        Column("level", "DOUBLE", "区间的置信水平（0.8 为 80%）", "probability of the range, 0.8 = 80 %"),
        Column(
            "outlook",
            "VARCHAR",
            "前景：will_meet 整个区间达到目标、may_meet 目标在区间内、will_miss 整个区间未达到",
            "will_meet: the whole range meets the target; may_meet: part of it does; will_miss: none of it does",
        ),
        Column("refusal_zh", "VARCHAR", "不推算的原因", "why there is no forecast, in Chinese"),
        Column("refusal_en", "VARCHAR", "不推算的原因（英文）", "why there is no forecast"),
        Column(
            "backtest_error",
            "DOUBLE",
            "回测平均绝对误差占历史数值极差的比例",
            "back-test: mean absolute error as a share of the spread (largest minus smallest) of the history",
        ),
        Column("backtest_count", "INTEGER", "回测的推算次数", "forecasts that the back-test compared"),
        Column("sentence_zh", "VARCHAR", "说明", "explanation in Chinese"),
        Column("sentence_en", "VARCHAR", "说明（英文）", "explanation in English"),
    ),
)

INDICATOR_FORECAST_PATH = PublicTable(
    "indicator_forecast_path",
    "推算路径（自趋势所用的最新数值到目标日期，逐期）",
    "Path of the forecast, period by period from the last figure of the trend to the target date",
    ("indicator_code", "period_end"),
    (
        Column("indicator_code", "VARCHAR", "指标编码", "indicator code"),
        Column("period_end", "DATE", "数据期止", "last day of the period"),
        Column("value", "DOUBLE", "推算值", "value expected"),
        Column("lower", "DOUBLE", "区间下限", "lower end of the range"),
        Column("upper", "DOUBLE", "区间上限", "upper end of the range"),
    ),
)

CLAIM = PublicTable(
    "claim",
    "论断及其判定",
    "Claims about the plan, with a verdict",
    ("claim_code",),
    (
        Column("claim_code", "VARCHAR", "论断编码", "claim"),
        Column("as_of", "DATE", "截至日期", "as-of day"),
        Column("text_zh", "VARCHAR", "论断", "the claim in Chinese"),
        Column("text_en", "VARCHAR", "论断（英文）", "the claim"),
        Column("rule_zh", "VARCHAR", "判定规则", "rule in Chinese"),
        Column("rule_en", "VARCHAR", "判定规则（英文）", "rule"),
        Column(
            "verdict",
            "VARCHAR",
            "判定：holds 成立、does_not_hold 不成立、cannot_be_judged 不能判定",
            "holds, does_not_hold or cannot_be_judged",
        ),
        Column("judged", "INTEGER", "可评指标数", "indicators that could be judged"),
        Column("total", "INTEGER", "论断所及指标数", "indicators that the claim is about"),
        Column("sentence_zh", "VARCHAR", "说明", "explanation in Chinese"),
        Column("sentence_en", "VARCHAR", "说明（英文）", "explanation"),
    ),
)

CLAIM_INDICATOR = PublicTable(
    "claim_indicator",
    "论断所依据的指标",
    "What each indicator says about a claim",
    ("claim_code", "indicator_code"),
    (
        Column("claim_code", "VARCHAR", "论断编码", "claim"),
        Column("indicator_code", "VARCHAR", "指标编码", "indicator"),
        Column("role", "VARCHAR", "supports 支持、breaks 不支持、not_judged 未评", "supports, breaks or not_judged"),
        Column("reason_zh", "VARCHAR", "理由", "reason in Chinese"),
        Column("reason_en", "VARCHAR", "理由（英文）", "reason"),
    ),
)

PROGRESS_TOTAL = PublicTable(
    "progress_total",
    "进度汇总（全区、领域、责任部门）",
    "Totals of the status words, by district, domain and responsible department",
    ("dimension", "dimension_code", "tier"),
    (
        Column(
            "dimension", "VARCHAR", "district 全区、domain 领域、department 责任部门", "district, domain or department"
        ),
        Column(
            "dimension_code",
            "VARCHAR",
            "区代码、领域、部门；责任部门未明确为空串",
            "code; empty = the responsible department is not settled",
        ),
        Column("label_zh", "VARCHAR", "名称", "name in Chinese"),
        Column("label_en", "VARCHAR", "名称（英文）", "name"),
        Column(
            "tier",
            "VARCHAR",
            "headline 主要指标（没有则无此行）、all 全部指标",
            "headline (no row where there is none) or all",
        ),
        Column("total", "INTEGER", "指标数", "indicators"),
        Column("judged", "INTEGER", "可评指标数", "indicators that can be judged"),
        Column("achieved_early", "INTEGER", "提前实现", "achieved early"),
        Column("ahead", "INTEGER", "快于预期", "ahead"),
        Column("on_schedule", "INTEGER", "基本符合预期", "on schedule"),
        Column("behind", "INTEGER", "滞后", "behind"),
        Column("undefined", "INTEGER", "暂无统计口径", "no definition yet"),
        Column("not_due", "INTEGER", "未到期", "not due"),
        Column("missing", "INTEGER", "缺报", "missing"),
        Column("held", "INTEGER", "暂停发布", "on hold"),
        Column("not_assessed", "INTEGER", "无目标值", "no target"),
    ),
)
