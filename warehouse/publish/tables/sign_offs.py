"""Public tables: who signed which figure, and which figures wait for signatures."""

from __future__ import annotations

from warehouse.publish.tables.figures import FIGURE, FIGURE_KEY
from warehouse.publish.tables.shape import Column, PublicTable

SIGN_OFF = PublicTable(
    "sign_off",
    "数值的签署（全区合计，含已失效）",
    "Signatures of figures (district totals), those that are void included",
    (*FIGURE_KEY, "number"),
    (
        *FIGURE,
        Column("number", "INTEGER", "该数值的第几次签署", "number of the signature of the figure"),
        Column(
            "step",
            "VARCHAR",
            "prepared 部门制表、confirmed 部门负责人确认、reviewed 区级审核",
            "prepared by the department, confirmed by its head, reviewed by the district office",
        ),
        Column("name", "VARCHAR", "签署人（如其所报，无账号核验）", "who signed, as given: there are no accounts"),
        Column("office", "VARCHAR", "单位（科室）", "office"),
        Column("note", "VARCHAR", "说明", "note"),
        Column("signed_at", "TIMESTAMP", "签署时间（UTC）", "time of the signature (UTC)"),
        Column("valid_until", "DATE", "有效期至（含）；空为长期", "last day on which it holds; NULL = without end"),
        Column("definition_version", "INTEGER", "所签口径版本", "version of the definition that was signed"),
        Column("value", "DOUBLE", "所签数值", "value that was signed"),
        Column("digest", "VARCHAR", "所签内容的 SHA-256", "SHA-256 of all that was signed"),
        Column("voided_at", "TIMESTAMP", "失效时间（UTC）；空为有效", "when it became void (UTC); NULL = it stands"),
        Column("void_cause_zh", "VARCHAR", "失效原因", "why it is void, in Chinese"),
        Column("void_cause_en", "VARCHAR", "失效原因（英文）", "why it is void"),
    ),
)

AWAITING_SIGN_OFF = PublicTable(
    "awaiting_sign_off",
    "因未签署而暂不发布的数值（不含数值本身）",
    "Figures that are not published because signatures are lacking, without their values",
    FIGURE_KEY,
    (
        *FIGURE,
        Column("next_step", "VARCHAR", "待签步骤；空为签署内容已变，须重签", "step that is to be signed next"),
        Column(
            "shown",
            "VARCHAR",
            "last_published 沿用上次发布值、nothing 尚无发布值",
            "what readers see: last_published, or nothing",
        ),
    ),
)
