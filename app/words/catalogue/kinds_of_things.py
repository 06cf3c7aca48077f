"""Words of domains, tiers and other kinds of things in a snapshot: key -> (Chinese, English)."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    # domains and tiers
    "domain.economy": ("数字经济", "Digital economy"),
    "domain.life": ("数字生活", "Digital life"),
    "domain.governance": ("数字治理", "Digital governance"),
    "domain.base": ("数字底座", "Digital foundation"),
    "domain.other": ("其他", "Other"),
    "tier.all": ("全部指标", "All indicators"),
    "dimension.district": ("全区", "District"),
    "dimension.domain": ("领域", "Domain"),
    "dimension.department": ("责任部门", "Responsible department"),
    "method.drift": ("带漂移的随机游走", "Random walk with drift"),
    "method.damped_trend": ("阻尼趋势", "Damped trend"),
    "tier.headline": ("主要指标", "Headline indicators"),
    "tier.supporting": ("报告指标", "Report indicators"),
    "tier.operational": ("运行指标", "Operational indicators"),
}
