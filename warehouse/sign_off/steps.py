"""The three steps of sign-off, their order, and which signatures of a figure stand.

Belongs here: the rules about signatures, as functions of the ledger's rows. Does not belong here: reading or writing
them (`signing.py`), what they cover (`facts.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from warehouse.ledger import NewSignOff, SignedFacts, SignOff
from warehouse.sign_off.facts import covered, restated

STEPS: Final = ("prepared", "confirmed", "reviewed")
STEP_ZH: Final = {"prepared": "部门制表", "confirmed": "部门负责人确认", "reviewed": "区级审核"}
STEP_EN: Final = {
    "prepared": "prepared by the department",
    "confirmed": "confirmed by its head",
    "reviewed": "reviewed by the district office",
}


class SignOffRefused(ValueError):
    """A signature that cannot be given. `zh` and `en` say why, and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class Standing:
    """The signatures of a figure since the last void, in the order of steps, and that void (None: never one)."""

    signatures: tuple[SignOff, ...] = ()
    void: SignOff | None = None

    @property
    def next_step(self) -> str | None:
        """What has to be signed next; None: all is signed."""
        return STEPS[len(self.signatures)] if len(self.signatures) < len(STEPS) else None

    def covers(self, found: SignedFacts) -> bool:
        """Whether the signatures (if any) are of these very facts."""
        return all(restated(found, one).digest == one.digest for one in self.signatures)

    def lapsed(self, day: date) -> bool:
        """Whether a signature was given for a time that is over on `day` (district-local)."""
        return any(one.valid_until is not None and one.valid_until < day for one in self.signatures)


def standings(rows: Iterable[SignOff]) -> dict[tuple[str, str, date, date, str], Standing]:
    """What stands, by figure; `rows` oldest first."""
    found: dict[tuple[str, str, date, date, str], Standing] = {}
    for row in rows:
        before = found.get(row.figure, Standing())
        found[row.figure] = (
            Standing((), row) if row.event == "voided" else Standing((*before.signatures, row), before.void)
        )
    return found


def voided(found: SignedFacts, cause: tuple[str, str], *, at: datetime, snapshot_id: str) -> NewSignOff:
    """The row that ends all signatures of a figure before it; `found` is what it says now, `cause` zh and en."""
    return NewSignOff(
        **covered(found),
        event="voided",
        name="district",
        signed_at=at,
        snapshot_id=snapshot_id,
        cause_zh=cause[0],
        cause_en=cause[1],
    )


def check_step(standing: Standing, step: str, name: str, persons: int) -> None:
    """Raise SignOffRefused unless `name` may give the signature `step` now.

    Steps come in their order, once each; `persons` different people have to be behind all of them.
    """
    expected = standing.next_step
    if step != expected:
        raise _out_of_order(standing.signatures, step, expected)
    names = {one.name for one in standing.signatures} | {name}
    rest = len(STEPS) - len(standing.signatures) - 1
    if len(names) + rest < persons:
        who = ", ".join(f"{STEP_ZH[one.event]} {one.name}" for one in standing.signatures)
        raise SignOffRefused(
            f"三步签署至少须由 {persons} 人完成，{name} 已签（{who}）。请由另一人签「{STEP_ZH[step]}」；"
            "人数由 DISTRICT_SIGN_OFF_PERSONS 设定。",
            f"The three signatures need at least {persons} different people, and {name} has signed already. Let "
            f"somebody else sign ({STEP_EN[step]}); DISTRICT_SIGN_OFF_PERSONS sets the number.",
        )


def _out_of_order(signatures: Sequence[SignOff], step: str, expected: str | None) -> SignOffRefused:
    done = next((one for one in signatures if one.event == step), None)
    if done is not None:
        return SignOffRefused(
            f"「{STEP_ZH[step]}」已由 {done.name} 于 {done.signed_at:%Y-%m-%d} 签署，无须重签。",
            f"{done.name} has signed this step ({STEP_EN[step]}) on {done.signed_at:%Y-%m-%d} already.",
        )
    assert expected is not None  # with all steps signed, `step` is among them
    return SignOffRefused(
        f"须先签「{STEP_ZH[expected]}」，再签「{STEP_ZH[step]}」。",
        f"Before this step ({STEP_EN[step]}) the figure has to be {STEP_EN[expected]}.",
    )
