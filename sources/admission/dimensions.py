"""Which dimension of GB/T 36344-2018 each reason to reject a row belongs to.

Belongs here: the dimension of each reason code of an entity's admission. Does not belong here: scores
(`warehouse/publish/`), judging rows.
"""

from __future__ import annotations

from collections.abc import Mapping

from sources.admission.duplicates import LATE_REASONS
from sources.admission.findings import reasons_of
from sources.contract.feed import Entity
from sources.contract.settings import Dimension
from sources.reading.relation import BROKEN_ROW_REASONS

_FORM: Dimension = "规范性"
# A row that cannot be read by the agreed form is no statement about its content.
_DIMENSIONS: Mapping[str, Dimension] = {
    **dict.fromkeys(BROKEN_ROW_REASONS, _FORM),
    "unreadable_value": _FORM,
    "ambiguous_date": _FORM,
    "unknown_code": _FORM,
    "wrong_pattern": _FORM,
    "missing_value": "完整性",
    "no_period": "完整性",
    "below_minimum": "准确性",
    "above_maximum": "准确性",
    "future_date": "准确性",
    "lost_digits": "准确性",
    "conflicting_key": "一致性",
}


def reject_dimensions(entity: Entity) -> dict[str, str]:
    """Reason code -> dimension, for every reason that speaks against a row of this entity; row rules have their own.

    Repeats that admission settles by itself are not among them.
    """
    rules = {rule.name: rule.dimension for rule in entity.row_rules}
    codes = [reason.code for reason in reasons_of(entity)] + [*LATE_REASONS, *BROKEN_ROW_REASONS]
    dimensions: dict[str, Dimension] = {**_DIMENSIONS, **rules}
    return {code: dimensions[code] for code in dict.fromkeys(codes) if code in dimensions}
