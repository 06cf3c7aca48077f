"""Which word of the catalogue each kind of thing in a snapshot has: domains, tiers, periods, reasons and so on.

Does not belong here: states, which have an icon and a tone too (`app/components/badges.py`); the words themselves.
"""

from __future__ import annotations

from typing import Final

DOMAINS: Final[dict[str, str]] = {
    "economy": "domain.economy",
    "life": "domain.life",
    "governance": "domain.governance",
    "base": "domain.base",
}
TIERS: Final[dict[str, str]] = {
    "headline": "tier.headline",
    "supporting": "tier.supporting",
    "operational": "tier.operational",
}
PERIODS: Final[dict[str, str]] = {
    "day": "period.day",
    "month": "period.month",
    "quarter": "period.quarter",
    "year": "period.year",
    "year_to_date": "period.year_to_date",
    "window": "period.window",
}
DIRECTIONS: Final[dict[str, str]] = {
    "higher": "direction.higher",
    "lower": "direction.lower",
    "neutral": "direction.neutral",
}
REASONS: Final[dict[str, str]] = {
    "first_publication": "reason.first_publication",
    "better_source": "reason.better_source",
    "recalculation": "reason.recalculation",
    "definition_change": "reason.definition_change",
    "error_correction": "reason.error_correction",
}
TOTALS: Final[dict[str, str]] = {"headline": "tier.headline", "all": "tier.all"}
"""Which indicators a total counts."""
MODES: Final[dict[str, str]] = {"full": "mode.full", "delta": "mode.delta", "correction": "mode.correction"}
METHODS: Final[dict[str, str]] = {"drift": "method.drift", "damped_trend": "method.damped_trend"}
DIMENSIONS: Final[dict[str, str]] = {
    "district": "dimension.district",
    "domain": "dimension.domain",
    "department": "dimension.department",
}
