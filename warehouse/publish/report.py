"""What publishing says of itself.

Belongs here: plain records and the refusal. Does not belong here: deciding.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from warehouse.ledger import CheckResult

ReasonClass = Literal["first_publication", "better_source", "recalculation", "definition_change", "error_correction"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a person lets a large change through; goes into the revision ledger as it is written."""

    reason_class: ReasonClass
    text: str


@dataclass(frozen=True, slots=True)
class HeldIndicator:
    """An indicator that keeps its last published figures.

    `cause`: a failed check, an unexplained large change, or signatures that are lacking.
    """

    indicator_code: str
    cause: Literal["check", "large_change", "unsigned"]
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A district total that is new or revised with this publication."""

    indicator_code: str
    period_type: str
    period_start: date
    period_end: date
    previous_value: float | None
    value: float | None
    reason_class: str
    reason: str


@dataclass(frozen=True, slots=True)
class PublishReport:
    """The outcome. `published` is False when nothing had changed: `snapshot_id` is then the one that stays current.

    `voided` signed figures lost their signatures, `withheld` ones wait for theirs (`DISTRICT_UNSIGNED=withhold`).
    """

    snapshot_id: str
    number: int
    as_of: date
    published: bool
    new_figures: int
    revised_figures: int
    withdrawn_figures: int
    held: tuple[HeldIndicator, ...]
    changes: tuple[FigureChange, ...]
    checks: tuple[CheckResult, ...]
    voided: int = 0
    withheld: int = 0

    @property
    def ok(self) -> bool:
        """Whether every indicator could be published."""
        return not self.held


class PublishRefused(RuntimeError):
    """Nothing was published; readers keep the last snapshot. `zh`, `en` say why, `checks` what was found."""

    def __init__(self, zh: str, en: str, checks: tuple[CheckResult, ...] = ()) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en
        self.checks = checks
