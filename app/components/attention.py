"""The two short lists of the overview: what the last publication changed, and what somebody should look at now."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from operator import not_
from typing import Any, Final

from markupsafe import Markup

from app.addresses import PageName
from app.components import badges
from app.components.markup import render
from app.follow_up import Said, follow_ups, in_words, of_entities
from app.reading import Reading
from app.words.kinds import REASONS
from warehouse.freshness import DELIVERED_IN_TIME
from warehouse.read import feeds, indicator, overview, owner_queue, writing

_SHOWN: Final = 4  # what the overview has room for on one screen; the rest is one click away
_FAILED: Final = ("FAILED", "NOT_EVALUATED")


def changes(reading: Reading, indicators: Sequence[overview.OverviewRow]) -> Markup:
    """What changed since the publication before: status words, revised figures with their reason, new periods."""
    return reading.keep("changes", draw=lambda: _changes(reading, indicators))


def _changes(reading: Reading, indicators: Sequence[overview.OverviewRow]) -> Markup:
    words = reading.words
    rows = reading.ask(overview.changes)
    revised = {row.indicator_code for row in rows if row.reason_class != "first_publication"}
    added = {row.indicator_code for row in rows if row.reason_class == "first_publication"}
    known = {row.indicator_code: row for row in indicators}
    turned = [row for row in reading.ask(overview.status_changes) if row.indicator_code in known]
    summary = words("changes.none")
    if rows or turned:
        summary = words("changes.summary", updated=len(added), revised=len(revised), turned=len(turned))
    rows = [row for row in rows if row.indicator_code in known]
    is_new = [row.reason_class == "first_publication" for row in rows]
    entries = [_change(reading, row, known[row.indicator_code]) for row in rows]
    first = [_turned(reading, row, known[row.indicator_code]) for row in turned]
    first += compress(entries, map(not_, is_new))
    return _list(reading, words("changes.title"), summary, first, folded=list(compress(entries, is_new)))


def needed(reading: Reading, indicators: Sequence[overview.OverviewRow]) -> Markup:
    """Figures held, batches kept out, deliveries that have not come, checks that failed."""
    words, said = reading.words, follow_ups()
    items = [_held_indicator(reading, row) for row in indicators if row.status == "held"]
    held, waiting = reading.ask(feeds.batches, status="held"), reading.ask(owner_queue.held_batches)
    replaced = {row.batch_id for row in held} - waiting
    items += [_held_batch(reading, row, said) for row in held if row.batch_id in waiting]
    awaited = [row for row in reading.ask(feeds.freshness) if row.is_awaited]
    items += [_untimely(reading, row, said) for row in awaited]
    listed = {(row.feed, row.entity, DELIVERED_IN_TIME) for row in awaited}
    items += [
        _check(reading, row, said)
        for row in reading.ask(feeds.checks)
        if row.outcome in _FAILED
        and row.batch_id not in replaced
        and (row.feed, row.entity, row.check_key) not in listed
    ]
    summary = words("attention.summary", count=len(items)) if items else words("attention.none")
    return _list(reading, words("attention.title"), summary, items)


def _list(
    reading: Reading, title: str, summary: str, items: Sequence[dict[str, Any]], folded: Sequence[dict[str, Any]] = ()
) -> Markup:
    """A titled list; what is `folded` or too much for the page opens on a click."""
    shown, rest = items[:_SHOWN], [*items[_SHOWN:], *folded]
    return render("short_list", words=reading.words, title=title, summary=summary, items=shown, rest=rest)


def _turned(reading: Reading, row: overview.StatusChange, known: overview.OverviewRow) -> dict[str, Any]:
    words = reading.words
    return {
        "badge": badges.status(row.status, words),
        "text": words.pick(known.name_zh, known.name_en),
        "link": reading.visit.link(PageName.INDICATOR, code=row.indicator_code),
        "detail": words("changes.turned", before=words(badges.STATUS_WORDS.get(row.before, "state.unknown"))),
    }


def _change(reading: Reading, row: overview.ChangedIndicator, known: overview.OverviewRow) -> dict[str, Any]:
    words = reading.words
    unit = words.pick(known.unit_zh, known.unit_en)
    value, before = writing.told_apart(row.value, row.previous_value, unit, known.decimals, reading.language)
    revised = row.reason_class != "first_publication"
    end = writing.day(row.period_end)
    return {
        "badge": badges.tag(words(REASONS.get(row.reason_class, "state.unknown")), "orange" if revised else "gray"),
        "text": words.pick(row.name_zh, row.name_en),
        "link": reading.visit.link(PageName.INDICATOR, code=row.indicator_code),
        "detail": words("changes.revised", end=end, before=before.full, value=value.full)
        if revised
        else words("changes.added", end=end, value=value.full, count=row.figures),
    }


def _held_indicator(reading: Reading, row: overview.OverviewRow) -> dict[str, Any]:
    words = reading.words
    definition = reading.ask(indicator.definition, row.indicator_code)
    return {
        "badge": badges.status("held", words),
        "text": words.pick(row.name_zh, row.name_en),
        "link": reading.visit.link(PageName.INDICATOR, code=row.indicator_code),
        "detail": words.pick(definition.held_reason_zh, definition.held_reason_en)
        + _said_of(reading, definition.entities),
    }


def _held_batch(reading: Reading, row: feeds.Batch, said: Said) -> dict[str, Any]:
    words = reading.words
    return {
        "badge": badges.batch("held", words),
        "text": _delivery(reading, row.feed, row.entity),
        "link": reading.visit.link(PageName.BATCH, batch=row.batch_id),
        "detail": words.pick(row.reason_zh, row.reason_en)
        + _said(reading, said, row.feed, row.entity, f"batch/{row.batch_id}"),
    }


def _untimely(reading: Reading, row: feeds.FeedFreshness, said: Said) -> dict[str, Any]:
    words = reading.words
    return {
        "badge": badges.freshness(row.state, words),
        "text": _delivery(reading, row.feed, row.entity),
        "link": reading.visit.link(PageName.FRESHNESS, department=row.department_code),
        "detail": (words("freshness.days_late", days=row.days_late) if row.days_late else "")
        + _said(reading, said, row.feed, row.entity, f"due/{row.expected_period_end}"),
    }


def _check(reading: Reading, row: feeds.CheckOutcome, said: Said) -> dict[str, Any]:
    words = reading.words
    link = (
        reading.visit.link(PageName.BATCH, batch=row.batch_id)
        if row.batch_id
        else reading.visit.link(PageName.INDICATOR, code=row.indicator_code)
        if row.indicator_code
        else reading.visit.link(PageName.QUALITY, feed=row.feed)
    )
    return {
        "badge": badges.outcome(row.outcome, words),
        "text": words.pick(row.name_zh, row.name_en),
        "link": link,
        "detail": _delivery(reading, row.feed, row.entity)
        + _said(reading, said, row.feed, row.entity or "", f"check/{row.check_key}")
        if row.feed
        else words("quality.published"),
    }


def _said(reading: Reading, said: Said, feed: str, entity: str, subject: str) -> str:
    """What the department says of it: its explanation and the day it promised; nothing where it has said nothing."""
    text = in_words(reading, said.get((feed, entity, subject)))
    return f" · {reading.words('owner.of', text=text)}" if text else ""


def _said_of(reading: Reading, entities: Sequence[str]) -> str:
    """The newest word on any matter of these entities (`feed.entity`)."""
    places = [(feed, entity) for feed, _, entity in (one.partition(".") for one in entities)]
    texts = (in_words(reading, one) for one in of_entities(places))
    text = next(filter(None, texts), "")
    return f" · {reading.words('owner.of', text=text)}" if text else ""


def _delivery(reading: Reading, feed: str, entity: str | None) -> str:
    """Feed, entity and the department that has to do something about it."""
    return reading.words(
        "attention.delivery",
        feed=reading.feed_name(feed),
        entity=reading.entity_name(feed, entity),
        department=reading.department_name(feed),
    )
