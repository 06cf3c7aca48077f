"""Words of the reporting calendar and of quality scores: key -> (Chinese, English)."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "calendar.title": ("报送日历", "Reporting calendar"),
    "calendar.note": (
        "每格一个应报批次，空格为免报或接入之前；点开看批次",
        "a cell for each expected batch; empty: exempt, or before it was connected. Click for the batch",
    ),
    "calendar.rate": ("近一年按时 / 应报", "On time / due, last year"),
    "calendar.daily": ("每日", "Daily"),
    "calendar.weekly": ("每周", "Weekly"),
    "calendar.monthly": ("每月", "Monthly"),
    "calendar.quarterly": ("每季", "Quarterly"),
    "calendar.half_yearly": ("每半年", "Half-yearly"),
    "calendar.yearly": ("每年", "Yearly"),
    "calendar.not_expected": ("免报，或尚未接入", "exempt, or not connected yet"),
    "calendar.due": ("应报 {moment}", "due {moment}"),
    "calendar.delivered": ("送达 {moment}", "delivered {moment}"),
    "calendar.covered": ("本期未报，已由后续全量补上", "never came; a later full delivery made up for it"),
    "gap.title": ("本期数值缺少的批次", "Batches that this figure lacks"),
    "gap.missing": ("{entity} 缺报 {count} 期（{span}）", "{entity}: {count} missing ({span})"),
    "gap.late": ("{entity} 逾期未到 {count} 期（{span}）", "{entity}: {count} overdue ({span})"),
    "gap.not_due": ("{entity} 未到期 {count} 期（{span}）", "{entity}: {count} not due yet ({span})"),
    "score.title": ("质量得分", "Quality scores"),
    "score.note": (
        "GB/T 36344—2018，0–100，小字为合格 / 检查的要素数；没有检查的维度不计",
        "GB/T 36344-2018, 0-100, small: elements that satisfy the rules of those tested; no checks, no score",
    ),
    "score.whole": ("加权平均", "Weighted mean"),
    "score.course": ("历次发布", "Publications"),
    "score.weights": ("权重与算法", "Weights and method"),
    "score.method": (
        "每项检查 X = 合格要素 / 检查要素；无法逐行的检查通过为 1，否则为 0；未能检查的为 0。"
        "维度得分为各检查按严重程度加权的平均，总分为有检查的维度按权重的平均。",
        "Of each check X = elements that satisfy it / elements tested; a check without rows counts 1 when passed, else"
        " 0; not evaluated counts 0. A dimension is the mean of its checks weighted by severity, the whole the weighted"
        " mean of the dimensions that have checks.",
    ),
    "score.blocking": ("严重且扣留", "Severe, holds the batch"),
    "score.error": ("严重", "Severe"),
    "score.warning": ("一般", "Warning"),
}
