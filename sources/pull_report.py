"""What one pull of a feed came to.

Belongs here: the report and its parts. Does not belong here: what became of a single batch (`decision.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sources.decision import BatchOutcome
from sources.step_times import StepTimes
from warehouse.ledger import WaitingDelivery


@dataclass(frozen=True)
class Problem:
    """Something that kept deliveries from being taken in; the texts name the source and the remedy."""

    zh: str
    en: str
    entity: str | None = None


@dataclass
class PullReport:
    """What one pull of a feed decided, in order, what it could not do, and which deliveries are not whole yet."""

    feed: str
    batches: list[BatchOutcome] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    waiting: list[WaitingDelivery] = field(default_factory=list)
    times: StepTimes = field(default_factory=StepTimes, compare=False)
    """Of the pull's own steps and those of its batches."""
