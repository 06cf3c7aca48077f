"""One item of the owner's queue: the rule, what it hurts, the rows, and what has been said of it.

Belongs here: showing the item. Does not belong here: correcting (`owner_correction.py`), which items there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import streamlit as st
from markupsafe import Markup

from app.addresses import PageName
from app.components import badges, owner_correction, tables
from app.components.markup import show
from app.follow_up import follow_ups, forget, vouched_actor
from app.reading import Reading
from warehouse import clock
from warehouse.home import Home
from warehouse.owner_desk import ActionRefused, ActionWord, NewOwnerAction, Standing, say
from warehouse.read import feeds, owner_queue, writing
from warehouse.read.overview import overview

_SHOWN: Final = 5  # rows on the page: enough to see what is wrong, the way to correct them stays in sight
_READ: Final = 200  # samples of one rule that the snapshot holds
_KINDS: Final[dict[str, str]] = {"check": "owner.kind_check", "reject": "owner.kind_reject"}
_ACTIONS: Final[dict[ActionWord, str]] = {
    "explained": "owner.action_explained",
    "promised": "owner.action_promised",
    "acknowledged": "owner.action_acknowledged",
    "resolved": "owner.action_resolved",
}
DID: Final[dict[str, str]] = {
    "acknowledged": "owner.did_acknowledged",
    "explained": "owner.did_explained",
    "promised": "owner.did_promised",
    "resolved": "owner.did_resolved",
}
# What a department may promise: a quarter is the longest reporting period of most feeds.
_LATEST_PROMISE_DAYS: Final = 92


def identity(one: owner_queue.QueueItem) -> str:
    """The item in the page's address."""
    return f"{one.feed}/{one.entity}/{one.subject}"


def title(reading: Reading, one: owner_queue.QueueItem) -> str:
    """What the item is about."""
    words = reading.words
    if one.kind == "due":
        return words("owner.due_title", end=one.key)
    return (
        words.pick(one.title_zh, one.title_en).rsplit("/", 1)[-1]
        if one.kind == "batch"
        else words.pick(one.title_zh, one.title_en)
    )


def badge(reading: Reading, one: owner_queue.QueueItem) -> Markup:
    """Icon, word and colour of the item's state."""
    words = reading.words
    if one.kind == "batch":
        return badges.batch("held", words)
    if one.kind == "due":
        return badges.freshness(one.state, words)
    if one.kind == "check":
        return badges.outcome(one.state, words)
    return badges.tag(words(_KINDS["reject"]), "orange")


def count(reading: Reading, one: owner_queue.QueueItem, *, personal: bool) -> str:
    """How many rows of how many batches; small numbers of persons are not told."""
    words = reading.words
    shown, few = owner_queue.shown_count(one.rows, personal=personal)
    if not shown:
        return ""
    if few:
        return words("owner.few_rows", count=shown)
    rows = words("owner.rows_at_least" if one.rows_at_least else "owner.rows", count=writing.count(shown))
    return f"{rows} · {words('owner.batches', count=one.batches)}" if one.batches > 1 else rows


def item(reading: Reading, one: owner_queue.QueueItem, entity: owner_queue.OwnedEntity, department: str) -> None:
    """The whole view of an item."""
    words = reading.words
    found = _batches(reading, one)
    names = {row.indicator_code: words.pick(row.name_zh, row.name_en) for row in reading.ask(overview)}
    show(
        "owner_item",
        words=words,
        back=reading.visit.link(PageName.OWNER, department=department),
        title=title(reading, one),
        badge=badge(reading, one),
        entity=f"{reading.feed_name(one.feed)} · {reading.entity_name(one.feed, one.entity)}",
        facts=[
            (words("owner.rule"), _rule(reading, one)),
            (words("owner.why"), words.pick(one.meaning_zh, one.meaning_en) if one.kind == "check" else ""),
            (words("column.failed"), count(reading, one, personal=entity.personal)),
            (words("owner.figures_label"), words("owner.figures", count=one.figures) if one.figures else ""),
            (words("owner.remedy"), words(_remedy(one, found))),
            (words("column.owner_due"), writing.moment(one.due_at, reading.zone) if one.due_at else ""),
        ],
        uses=[(names.get(code, code), reading.visit.link(PageName.INDICATOR, code=code)) for code in entity.indicators],
    )
    if found:
        _rows(reading, one, entity, found)
        if any(batch.placed for batch in found):
            owner_correction.correct(reading, one, [batch for batch in found if batch.placed])
    about = follow_ups().get((one.feed, one.entity, one.subject))
    _follow_up(reading, one, about)


def _rule(reading: Reading, one: owner_queue.QueueItem) -> str:
    """The rule in words: why rows are rejected, what a check asks, why the batch is held, what was promised."""
    words = reading.words
    if one.kind == "due":
        row = next(iter(reading.ask(feeds.freshness, feed=one.feed, entity=one.entity)), None)
        return words.pick(row.due_text_zh, row.due_text_en) if row else ""
    if one.kind == "batch":
        return words.pick(one.meaning_zh, one.meaning_en)
    name = words.pick(one.title_zh, one.title_en)
    return f"{name}（{one.key}）" if one.kind == "check" else name


def _remedy(one: owner_queue.QueueItem, found: Sequence[owner_queue.ItemBatch]) -> str:
    if one.kind == "due":
        return "owner.remedy_due"
    if one.kind == "batch":
        return "owner.remedy_batch_rows" if any(batch.placed for batch in found) else "owner.remedy_batch_file"
    return "owner.remedy_check" if one.kind == "check" else "owner.remedy_rows"


def _batches(reading: Reading, one: owner_queue.QueueItem) -> list[owner_queue.ItemBatch]:
    if one.kind == "due":
        return []
    by_rule = one.key if one.kind in ("check", "reject") else None
    of_batch = one.batch_id if one.kind in ("batch", "check") else None
    return reading.ask(owner_queue.batches_of, one.feed, one.entity, check_key=by_rule, batch_id=of_batch)


def _rows(
    reading: Reading,
    one: owner_queue.QueueItem,
    entity: owner_queue.OwnedEntity,
    found: Sequence[owner_queue.ItemBatch],
) -> None:
    words = reading.words
    show("section_title", title=words("owner.failing_rows"), note=words("owner.failing_rows_note"))
    total, few = owner_queue.shown_count(sum(batch.rows for batch in found), personal=entity.personal)
    if few:
        show("note", text=words("owner.suppressed", count=total))
        return
    by_rule = one.key if one.kind in ("check", "reject") else None
    of_batch = one.batch_id if one.kind in ("batch", "check") else None
    samples = reading.ask(
        feeds.failed_rows, feed=one.feed, entity=one.entity, check_key=by_rule, batch_id=of_batch, limit=_READ
    )
    counted = {batch.batch_id for batch in found}
    samples = [row for row in samples if row.batch_id in counted and row.check_key not in owner_queue.ROUTINE]
    rows = [
        {
            "file": (row.file_name or writing.DASH).rsplit("/", 1)[-1],
            "batch": reading.visit.link(PageName.BATCH, batch=row.batch_id),
            "place": tables.place(reading, row),
            "reason": words.pick(row.reason_zh, row.reason_en) if one.kind == "batch" else "",
            "content": tables.contents(reading, row),
        }
        for row in samples[:_SHOWN]
    ]
    rest = (total or 0) - len(rows)
    show("owner_rows", words=words, rows=rows, rest=words("list.rest", count=rest) if rest > 0 else "")


def _follow_up(reading: Reading, one: owner_queue.QueueItem, about: Standing | None) -> None:
    """What has been said, and a form to say more."""
    words, zone = reading.words, reading.zone
    show("section_title", title=words("owner.say"), note=words("owner.say_note"))
    show(
        "owner_history",
        words=words,
        title=words("owner.history"),
        nothing=words("owner.no_history"),
        rows=[
            {
                "at": writing.moment(action.at.replace(tzinfo=None), zone),
                "actor": action.actor,
                "did": words(DID[action.action], day=writing.day(action.promised_on)),
                "explanation": action.explanation or "",
            }
            for action in (about.history if about else ())
        ],
    )
    today = clock.today(zone)
    known = vouched_actor()
    with st.form("owner-say", border=True):
        action = st.radio(
            words("owner.action"), list(_ACTIONS), format_func=lambda word: words(_ACTIONS[word]), horizontal=True
        )
        explanation = st.text_area(words("owner.explanation"), max_chars=600, height=80)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            day = st.date_input(
                words("owner.promised_on"),
                value=None,
                min_value=today,
                max_value=today + timedelta(days=_LATEST_PROMISE_DAYS),
                format="YYYY-MM-DD",
                width=180,
            )
            name = owner_correction.name_field(reading, "owner-say-name")
            pressed = st.form_submit_button(words("owner.record"), type="primary")
    if not pressed:
        return
    if day is not None and action == "explained":
        action = "promised"  # a promise keeps the explanation; the day must not be lost
    try:
        say(
            Home.from_environment(),
            NewOwnerAction(
                feed=one.feed,
                entity=one.entity,
                subject=one.subject,
                action=action,
                actor=name.strip(),
                actor_source="proxy" if known else "typed",
                at=clock.now(),
                explanation=explanation.strip() or None,
                promised_on=day if action == "promised" else None,
            ),
        )
    except ActionRefused as refused:
        st.warning(words.pick(refused.zh, refused.en))
        return
    forget()
    st.toast(words("owner.recorded"))
    st.rerun()
