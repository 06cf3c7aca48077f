"""States as icon, word and colour together.

Belongs here: which word and look a status, freshness, quality, batch or check state gets. Does not belong here: the
colours (`app/theme`) and how a state is decided (the publishing side).
"""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from app.components.markup import render
from app.theme.palette import BATCH, FRESHNESS, OUTCOME, OUTLOOK, QUALITY, ROLE, STATUS, UNKNOWN, VERDICT, Look
from app.words import Words

STATUS_WORDS: Final[dict[str, str]] = {
    "achieved_early": "status.achieved_early",
    "ahead": "status.ahead",
    "on_schedule": "status.on_schedule",
    "behind": "status.behind",
    "undefined": "status.undefined",
    "not_due": "status.not_due",
    "missing": "status.missing",
    "held": "status.held",
    "not_assessed": "status.not_assessed",
}
FRESHNESS_WORDS: Final[dict[str, str]] = {
    "on_time": "freshness.on_time",
    "not_due": "freshness.not_due",
    "late": "freshness.late",
    "missing": "freshness.missing",
    "not_delivered": "freshness.not_delivered",
}
QUALITY_WORDS: Final[dict[str, str]] = {
    "ok": "quality.ok",
    "warning": "quality.warning",
    "failed": "quality.failed",
    "unknown": "quality.unknown",
}
BATCH_WORDS: Final[dict[str, str]] = {
    "landed": "batch.landed",
    "parsed": "batch.parsed",
    "admitted": "batch.admitted",
    "held": "batch.held",
    "superseded": "batch.superseded",
}
OUTCOME_WORDS: Final[dict[str, str]] = {
    "PASSED": "outcome.passed",
    "WARN": "outcome.warn",
    "FAILED": "outcome.failed",
    "NOT_EVALUATED": "outcome.not_evaluated",
}

VERDICT_WORDS: Final[dict[str, str]] = {
    "holds": "verdict.holds",
    "does_not_hold": "verdict.does_not_hold",
    "cannot_be_judged": "verdict.cannot_be_judged",
}
ROLE_WORDS: Final[dict[str, str]] = {
    "supports": "role.supports",
    "breaks": "role.breaks",
    "not_judged": "role.not_judged",
}
OUTLOOK_WORDS: Final[dict[str, str]] = {
    "will_meet": "outlook.will_meet",
    "may_meet": "outlook.may_meet",
    "will_miss": "outlook.will_miss",
}


def status(state: str | None, words: Words) -> Markup:
    """Progress against the plan."""
    return _badge(state, STATUS, STATUS_WORDS, words)


def freshness(state: str | None, words: Words) -> Markup:
    """Whether a delivery is on time."""
    return _badge(state, FRESHNESS, FRESHNESS_WORDS, words)


def quality(state: str | None, words: Words) -> Markup:
    """Worst quality state upstream of a figure."""
    return _badge(state, QUALITY, QUALITY_WORDS, words)


def batch(state: str | None, words: Words) -> Markup:
    """What was decided about a batch."""
    return _badge(state, BATCH, BATCH_WORDS, words)


def outcome(state: str | None, words: Words) -> Markup:
    """What a check said."""
    return _badge(state, OUTCOME, OUTCOME_WORDS, words)


def verdict(state: str | None, words: Words) -> Markup:
    """Whether a claim holds."""
    return _badge(state, VERDICT, VERDICT_WORDS, words)


def role(state: str | None, words: Words) -> Markup:
    """What an indicator does to a claim."""
    return _badge(state, ROLE, ROLE_WORDS, words)


def outlook(state: str | None, words: Words) -> Markup:
    """Whether the target will be met at the present course."""
    return _badge(state, OUTLOOK, OUTLOOK_WORDS, words)


def tag(text: str, tone: str = "gray") -> Markup:
    """A small framed word, such as 示意 or 约束性."""
    return render("tag", text=text, tone=tone)


def status_look(state: str | None) -> Look:
    """The look of a progress status; an unknown one is grey."""
    return STATUS.get(state or "", UNKNOWN)


def _badge(state: str | None, looks: dict[str, Look], keys: dict[str, str], words: Words) -> Markup:
    key = keys.get(state or "", "state.unknown")
    return render("state", look=looks.get(state or "", UNKNOWN), word=words(key))
