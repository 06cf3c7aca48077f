"""Giving a signature: which figure is meant, what it says now, whether the step may be signed, and the ledger's row.

The only way by which anything outside publishing writes signatures: one short transaction that waits at most the
ledger's busy time-out, and needs neither the run lock nor the build. Belongs here: that. Does not belong here: the
rules about steps (`steps.py`), showing signatures (`warehouse.read.sign_offs`).

Names are as they are given: there are no accounts. Who runs the command, or stands behind the proxy that names a
visitor, answers for them (docs/decisions/0038-signatures-are-over-digests.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from warehouse import clock
from warehouse.district import district
from warehouse.home import Home
from warehouse.ledger import Ledger, LedgerTransaction, NewSignOff, SignedFacts
from warehouse.provenance.period import parse_period
from warehouse.read import SnapshotReader
from warehouse.read.indicator import definition
from warehouse.sign_off import settings
from warehouse.sign_off.facts import SNAPSHOT_CHECKS, covered, facts
from warehouse.sign_off.steps import STEP_EN, STEP_ZH, SignOffRefused, Standing, check_step, standings, voided

_LAPSED: Final = ("签署已过有效期", "the signatures have lapsed")
_CHANGED: Final = ("数值或其依据已变", "the figure or what it rests on has changed")


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signs, as given: name, office (None: not said), a note, and the last day on which it holds (None: no end)."""

    name: str
    office: str | None = None
    note: str | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Signable:
    """A figure that can be signed, as it stands. `withheld`: readers do not see it yet."""

    facts: SignedFacts
    standing: Standing
    withheld: bool


def signable(home: Home, ledger: Ledger, code: str, period: str | None = None) -> list[Signable]:
    """The figures of an indicator that wait for publication, and the published one of `period` (default: the newest
    of the main kind). A figure in both is given as it waits. Raises UnknownIndicator, UnknownPeriod, NothingPublished.
    """
    reader = SnapshotReader(home)
    kind = definition(reader, code).period_type
    waiting = ledger.withheld(code)
    standing = standings(ledger.sign_offs(code))
    shown = _published(reader, code, kind, period)
    if period is None:
        newest = max((one for one in waiting if one.period_type == kind), key=_when, default=None)
        if newest is not None and (shown is None or _when(newest) >= _when(shown)):
            shown = None
    else:
        named = parse_period(period)
        waiting = [one for one in waiting if one.period_end == named.end]
    figures = {one.figure: (one, True) for one in waiting}
    if shown is not None:
        figures.setdefault(shown.figure, (shown, False))
    return [Signable(one, standing.get(key, Standing()), withheld) for key, (one, withheld) in figures.items()]


def sign(
    home: Home, ledger: Ledger, chosen: Sequence[Signable], step: str, by: Signatory
) -> list[tuple[Signable, SignOffRefused | None]]:
    """Sign `step` of each figure; those that cannot be signed come back with the reason, the others are signed all at
    once. Raises SignOffRefused when the signatory itself is wrong.
    """
    _check_signatory(by)
    persons, snapshot_id = settings.persons(), SnapshotReader(home).snapshot_id
    outcome: list[tuple[Signable, SignOffRefused | None]] = []
    with ledger.begin() as transaction:
        for one in chosen:
            try:
                transaction.add_sign_offs(_entries(transaction, one.facts, step, by, persons, snapshot_id))
                outcome.append((one, None))
            except SignOffRefused as refused:
                outcome.append((one, refused))
    return outcome


def _entries(
    transaction: LedgerTransaction,
    found: SignedFacts,
    step: str,
    by: Signatory,
    persons: int,
    snapshot_id: str,
) -> list[NewSignOff]:
    """The signature, after a void where those before it no longer hold and no publication has said so yet."""
    standing = standings(transaction.sign_offs(found.indicator_code)).get(found.figure, Standing())
    entries: list[NewSignOff] = []
    now = clock.now()
    if standing.signatures and standing.lapsed(clock.today(district().time_zone)):
        entries.append(voided(found, _LAPSED, at=now, snapshot_id=snapshot_id))
    elif not standing.covers(found):
        entries.append(voided(found, _CHANGED, at=now, snapshot_id=snapshot_id))
    if entries:
        standing = Standing()
    check_step(standing, step, by.name, persons)
    given = NewSignOff(
        **covered(found),
        event=step,  # type: ignore[arg-type]  # one of the steps: check_step has seen to it
        name=by.name,
        office=by.office,
        note=by.note,
        valid_until=by.valid_until,
        signed_at=now,
        snapshot_id=snapshot_id,
    )
    return [*entries, given]


def _check_signatory(by: Signatory) -> None:
    if not by.name.strip():
        raise SignOffRefused("请写明签署人姓名（--by）。", "Say who signs (--by).")
    today = clock.today(district().time_zone)
    if by.valid_until is not None and by.valid_until < today:
        raise SignOffRefused(
            f"有效期 {by.valid_until} 早于今天 {today}，签署不会生效；请改为今天或以后的日期。",
            f"Valid until {by.valid_until} is before today, {today}: give today or a later day.",
        )


def _published(reader: SnapshotReader, code: str, kind: str | None, period: str | None) -> SignedFacts | None:
    named = None if period is None else parse_period(period)
    condition = "true" if named is None else f"period_end = DATE '{named.end}'"
    if named is not None:
        # Sums within the year and windows begin earlier than the month that names them.
        condition += f" AND (period_start = DATE '{named.start}' OR period_type IN ('year_to_date', 'window'))"
    figures = f"""(
        SELECT * FROM indicator_observation
        WHERE indicator_code = '{code.replace("'", "''")}' AND area_code = (SELECT district_code FROM snapshot)
          AND value IS NOT NULL AND state = 'published' AND {condition}
        ORDER BY period_type = '{kind or ""}' DESC, period_end DESC, period_start DESC LIMIT 1
    )"""
    found = facts(reader.rows, figures=figures, batches="batch", checks="check_result", own_checks=SNAPSHOT_CHECKS)
    return found[0] if found else None


def _when(found: SignedFacts) -> tuple[date, date]:
    return found.period_end, found.period_start


def step_named(text: str) -> str:
    """A step by its name; raises SignOffRefused naming those there are."""
    if text not in STEP_ZH:
        zh = "、".join(f"{step}（{word}）" for step, word in STEP_ZH.items())
        en = ", ".join(f"{step} ({word})" for step, word in STEP_EN.items())
        raise SignOffRefused(f"没有签署步骤 {text!r}，可选：{zh}。", f"There is no step {text!r}; there are {en}.")
    return text
