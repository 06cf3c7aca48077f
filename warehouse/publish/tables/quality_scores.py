"""Public tables: quality scores, the checks they are made of, their weights and their history."""

from __future__ import annotations

from warehouse.publish.tables.shape import Column, PublicTable

_SUBJECT = (
    Column(
        "subject_kind",
        "VARCHAR",
        "feed 数据源、entity 数据表、department 部门、indicator 指标",
        "feed, entity, department or indicator",
    ),
    Column("subject", "VARCHAR", "编码（数据表为 数据源.数据表）", "code (an entity is feed.entity)"),
)
_SCORE = (
    Column("score", "DOUBLE", "得分 0-100", "score, 0-100"),
    Column("checks", "BIGINT", "检查数", "checks"),
    Column("passed", "BIGINT", "通过", "passed"),
    Column("warned", "BIGINT", "警告", "warned"),
    Column("failed", "BIGINT", "不通过（含未能检查）", "failed, or not evaluated"),
    Column("satisfied", "BIGINT", "合格的要素数（A）", "elements that satisfy the rules (A)"),
    Column("tested", "BIGINT", "检查的要素数（B）", "elements tested (B)"),
)
_DIMENSION = Column(
    "dimension",
    "VARCHAR",
    "GB/T 36344 维度；空串为各维度按权重的平均",
    "dimension of GB/T 36344; empty = their weighted mean",
)

QUALITY_SCORE = PublicTable(
    "quality_score",
    "质量得分（没有检查的维度没有行）",
    "Quality scores; a dimension without checks has no row",
    ("subject_kind", "subject", "dimension"),
    (*_SUBJECT, _DIMENSION, *_SCORE),
)

QUALITY_SCORE_CHECK = PublicTable(
    "quality_score_check",
    "每个得分由哪些检查构成",
    "The checks that each score is made of",
    ("subject_kind", "subject", "scope", "feed", "entity", "check_key"),
    (
        *_SUBJECT,
        Column("scope", "VARCHAR", "feed 数据检查、published 发布检查", "of deliveries, or before publishing"),
        Column("feed", "VARCHAR", "数据源；发布检查为空串", "feed; empty for checks before publishing"),
        Column("entity", "VARCHAR", "数据表", "entity"),
        Column("check_key", "VARCHAR", "检查键", "key of the check"),
        Column("dimension", "VARCHAR", "GB/T 36344 维度", "dimension of GB/T 36344"),
        Column("weight", "DOUBLE", "权重（按严重程度）", "weight by severity"),
        Column("outcome", "VARCHAR", "PASSED、WARN、FAILED、NOT_EVALUATED", "outcome"),
        Column("satisfied", "BIGINT", "合格的要素数（A）", "elements that satisfy the rule (A)"),
        Column("tested", "BIGINT", "检查的要素数（B）", "elements tested (B)"),
    ),
)

QUALITY_SCORE_HISTORY = PublicTable(
    "quality_score_history",
    "历次发布的质量得分（含本次）",
    "Quality scores of all publications up to this one",
    ("number", "subject_kind", "subject", "dimension"),
    (
        Column("number", "INTEGER", "第几次发布", "number of the publication"),
        Column("as_of", "DATE", "数据截至", "as-of day"),
        *_SUBJECT,
        _DIMENSION,
        *_SCORE,
    ),
    volatile=True,
)

QUALITY_WEIGHT = PublicTable(
    "quality_weight",
    "质量得分的权重",
    "Weights of the quality scores",
    ("kind", "name"),
    (
        Column("kind", "VARCHAR", "dimension 维度、severity 严重程度", "dimension or severity"),
        Column("name", "VARCHAR", "维度或严重程度", "dimension or severity"),
        Column("weight", "DOUBLE", "权重", "weight"),
        Column("reason_zh", "VARCHAR", "理由", "reason in Chinese"),
        Column("reason_en", "VARCHAR", "理由（英文）", "reason"),
    ),
)
