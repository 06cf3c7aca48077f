"""How far a figure is signed: the three steps on its page, a small word in lists, what waits for signatures.

Belongs here: showing signatures. Does not belong here: signing, which is done on the command line
(docs/decisions/0038-signatures-are-over-digests.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from markupsafe import Markup

from app.components import states
from app.components.markup import render, show
from app.reading import Reading
from app.theme.palette import Look
from warehouse import clock
from warehouse.read import sign_offs, writing
from warehouse.read.overview import OverviewRow
from warehouse.read.sign_offs import UNSIGNED, Signature, SignState

_LOOKS: Final[dict[str, Look]] = {
    "signed": Look("blue", "✓"),
    "partly": Look("gray", "◇"),
    "unsigned": Look("gray", "□"),
    "void": Look("orange", "×"),
    "lapsed": Look("yellow", "○"),
}
_STATES: Final = {
    "signed": "sign.signed",
    "partly": "sign.partly",
    "unsigned": "sign.unsigned",
    "void": "sign.void",
    "lapsed": "sign.lapsed",
}
_STEPS: Final = {"prepared": "sign.prepared", "confirmed": "sign.confirmed", "reviewed": "sign.reviewed"}
_WAITING_NAMED: Final = 3
States = Mapping[tuple[str, str, date, date], SignState]


def states_today(reading: Reading) -> States:
    """How far each figure is signed today; ask once for a whole list."""
    return reading.ask(sign_offs.sign_states, clock.today(reading.zone))


def state_of(states: States, row: OverviewRow) -> SignState:
    """How far the figure that a list shows of an indicator is signed."""
    if row.period_type is None or row.period_start is None or row.period_end is None:
        return UNSIGNED
    return states.get((row.indicator_code, row.period_type, row.period_start, row.period_end), UNSIGNED)


def tag(reading: Reading, row: OverviewRow, states: States) -> Markup | str:
    """A small word beside an indicator's name; nothing where nobody signed it: the block's note says why."""
    words, state = reading.words, state_of(states, row)
    title = words(_STATES[state.state])
    match state.state:
        case "signed":
            return render("titled_tag", text=words("sign.tag_signed"), tone="blue", title=title)
        case "partly":
            return render("titled_tag", text=words("sign.tag_partly", steps=state.steps), tone="gray", title=title)
        case "void" | "lapsed":
            return render("titled_tag", text=words("sign.tag_void"), tone="orange", title=title)
        case _:
            return ""


def counted(reading: Reading, rows: Sequence[OverviewRow], states: States) -> str:
    """How many of the indicators are signed in full; nothing where the district signs none."""
    if not states:
        return ""
    count = sum(state_of(states, row).state == "signed" for row in rows)
    return reading.words("sign.count", count=count)


def word(reading: Reading, row: OverviewRow, states: States) -> str:
    """The state as a word, for files."""
    state = state_of(states, row)
    keys = {"signed": "sign.tag_signed", "unsigned": "sign.tag_unsigned", "partly": "sign.tag_partly"}
    return reading.words(keys.get(state.state, "sign.tag_void"), steps=state.steps)


def steps(reading: Reading, row: OverviewRow) -> None:
    """The three steps of the figure that the page is about, and what waits for signatures."""
    words = reading.words
    if row.value is not None:
        state = state_of(states_today(reading), row)
        given = {one.step: one for one in state.signatures}
        first = state.signatures[0] if state.signatures else None
        show(
            "sign_off",
            words=words,
            period=writing.period(row.period_type, row.period_start, row.period_end, reading.language),
            state=render("state", look=_LOOKS[state.state], word=words(_STATES[state.state])),
            steps=[_step(reading, step, given.get(step), state) for step in sign_offs.STEPS],
            void=_void(reading, first),
            note=words("sign.names_note", digest=first.digest[:12]) if first else "",
            digest=first.digest if first else "",
        )
    _waiting(reading, row.indicator_code)


def _step(reading: Reading, step: str, one: Signature | None, state: SignState) -> dict[str, Any]:
    words = reading.words
    if one is None:
        return {"name": words(_STEPS[step]), "text": words("sign.open"), "notes": [], "kind": "open"}
    when = writing.moment(one.signed_at, reading.zone)
    text = (
        words("sign.by_office", name=one.name, office=one.office, when=when)
        if one.office
        else words("sign.by", name=one.name, when=when)
    )
    until = words("sign.until", day=writing.day(one.valid_until)) if one.valid_until else None
    kind = "void" if state.state in ("void", "lapsed") else "done"
    return {
        "name": words(_STEPS[step]),
        "text": text,
        "notes": [part for part in (until, one.note) if part],
        "kind": kind,
    }


def _void(reading: Reading, one: Signature | None) -> str:
    if one is None or one.voided_at is None:
        return ""
    cause = reading.words.pick(one.void_cause_zh, one.void_cause_en)
    return reading.words("sign.voided", when=writing.moment(one.voided_at, reading.zone), cause=cause)


def _waiting(reading: Reading, code: str) -> None:
    words = reading.words
    found = reading.ask(sign_offs.awaiting, code)
    if not found:
        return
    named = words.comma.join(
        words(
            "sign.waiting_one",
            period=writing.period(one.period_type, one.period_start, one.period_end, reading.language),
            step=words(_STEPS.get(one.next_step or "", "sign.prepared")),
        )
        for one in found[:_WAITING_NAMED]
    )
    more = f" +{len(found) - _WAITING_NAMED}" if len(found) > _WAITING_NAMED else ""
    shown = "sign.shown_last" if found[0].shown == "last_published" else "sign.shown_nothing"
    text = words("sign.waiting_text", periods=named + more, shown=words(shown))
    states.notice("violet", words("sign.waiting_title"), text)
