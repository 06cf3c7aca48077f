"""A batch: what one delivery brought, what was checked, what was rejected, which figures use it.

Without a batch in the address the page lists the newest ones; `feed`, `entity` and `status` choose among them.
"""

from __future__ import annotations

from typing import Final

import streamlit as st

from app.addresses import PageName
from app.components import badges, delivery_sheets, known_errors, sheets, states, tables, treatments, waiting
from app.components.markup import show
from app.queries import failing_row_examples, failing_rules, uses_of_batch
from app.reading import Reading, current_reading
from app.words.kinds import MODES
from warehouse.read import corrections, feeds, owner_queue, writing
from warehouse.read.treatments import treatments_of_batch
from warehouse.read.waiting import waiting_rows

_STATUSES: Final = ("held", "admitted", "superseded", "parsed", "landed")
_EXAMPLES_EACH: Final = 5  # of every rule; the files to download hold all samples
_LISTED: Final = 200  # the newest; more than these are found by feed, entity and status
_DELIVERY_WORDS: Final[dict[str, str]] = {
    "files": "delivery.files",
    "rest": "delivery.rest",
    "sql": "delivery.sql",
    "mqtt": "delivery.mqtt",
    "correction": "owner.delivery",
}
_REJECTED: Final = "reject."  # check keys of rejected rows begin so


def page(reading: Reading) -> None:
    """The page."""
    batch_id = st.query_params.get("batch")
    if not batch_id:
        _list(reading)
        return
    batch = reading.ask(feeds.batch, batch_id)
    if batch is None:
        states.notice("yellow", reading.words("batch.unknown"), reading.words("batch.unknown_text", batch=batch_id))
        _list(reading)
        return
    _envelope(reading, batch)
    _checks(reading, batch)
    treated = reading.ask(treatments_of_batch, batch.batch_id)
    treatments.table(reading, treated, of_batch=True)
    waiting.rows_table(reading, reading.ask(waiting_rows, batch_id=batch.batch_id), of_batch=True)
    known_errors.table(reading, reading.ask(corrections.known_errors, (batch.batch_id,)), of_batch=True)
    _rejected(reading, batch)
    _uses(reading, batch)
    found = reading.ask(feeds.checks_of_batch, batch.batch_id)
    names = {row.check_key: reading.words.pick(row.name_zh, row.name_en) for row in found}
    offered = [
        delivery_sheets.batches(reading, [batch]),
        delivery_sheets.checks(reading, found),
        delivery_sheets.treatments(reading, treated),
        delivery_sheets.failed_rows(
            reading,
            lambda: reading.ask(feeds.failed_rows, batch_id=batch.batch_id, limit=delivery_sheets.MOST_ROWS),
            names,
        ),
    ]
    sheets.offer(reading, "file.batches", offered, about=batch.batch_id)


def _list(reading: Reading) -> None:
    words = reading.words
    feed, entity, status = (st.query_params.get(name) for name in ("feed", "entity", "status"))
    rows = reading.ask(feeds.batches, feed=feed, entity=entity, status=status, limit=_LISTED)
    title = " · ".join(
        part for part in (reading.feed_name(feed), reading.entity_name(feed, entity) if entity else "") if part
    )
    show(
        "state_counts",
        label=words("batch.listed", what=title or words("batch.all_feeds"), count=len(rows)),
        items=[
            {
                "badge": badges.batch(one, words),
                "count": "",
                "link": reading.visit.link(
                    PageName.BATCH, feed=feed, entity=entity, status=None if one == status else one
                ),
                "chosen": one == status,
            }
            for one in _STATUSES
        ],
        everything=reading.visit.link(PageName.BATCH) if feed or entity or status else None,
        everything_text=words("overview.show_all"),
    )
    if rows:
        tables.batches(reading, rows)
        sheets.offer(reading, "file.batches", [delivery_sheets.batches(reading, rows)])
    else:
        states.notice("gray", words("batch.none"), words("batch.none_text"))


def _envelope(reading: Reading, batch: feeds.Batch) -> None:
    words, zone = reading.words, reading.zone
    superseded = reading.visit.link(PageName.BATCH, batch=batch.superseded_by) if batch.superseded_by else None
    facts = [
        ("batch.department", reading.department_name(batch.feed)),
        ("batch.source", batch.source),
        (
            "batch.delivery",
            words(_DELIVERY_WORDS[batch.delivery_mode])
            if batch.delivery_mode in _DELIVERY_WORDS
            else batch.delivery_mode,
        ),
        ("batch.mode", words(MODES.get(batch.mode, "state.unknown"))),
        ("batch.period", tables.span(batch.period_start, batch.period_end)),
        ("batch.received", writing.moment(batch.received_at, zone)),
        ("batch.decided", writing.moment(batch.decided_at, zone)),
        ("batch.size", writing.size(batch.bytes)),
        ("batch.encoding", batch.encoding_detected),
        ("batch.sha256", batch.sha256),
        ("batch.id", batch.batch_id),
    ]
    held = batch.status == "held"
    read = not held or bool(batch.rows_read)  # of a file that could not be read nobody knows how many rows it has
    counts = [
        ("batch.declared", writing.count(batch.rows_declared)),
        ("batch.read", writing.count(batch.rows_read if read else None)),
        ("batch.fit" if held else "column.admitted", writing.count(batch.rows_admitted if read else None)),
        ("column.rejected", writing.count(batch.rows_rejected if read else None)),
    ]
    show(
        "envelope",
        words=words,
        list_link=reading.visit.link(PageName.BATCH, feed=batch.feed, entity=batch.entity),
        feed=reading.feed_name(batch.feed),
        entity=reading.entity_name(batch.feed, batch.entity),
        file=batch.file_name,
        status=badges.batch(batch.status, words),
        simulated=batch.simulated,
        superseded=superseded,
        counts=[(words(key), text) for key, text in counts],
        facts=[(words(key), text) for key, text in facts if text],
    )
    if batch.status == "held" and batch.batch_id in reading.ask(owner_queue.held_batches):
        reason = words.pick(batch.reason_zh, batch.reason_en)
        states.notice("violet", words("batch.held_title"), words("batch.held_text", reason=writing.sentence(reason)))
    elif batch.status == "held":
        states.notice("gray", words("batch.held_title"), words("batch.held_replaced"))


def _checks(reading: Reading, batch: feeds.Batch) -> None:
    found = reading.ask(feeds.checks_of_batch, batch.batch_id)
    words = reading.words
    if found:
        passed = sum(row.outcome == "PASSED" for row in found)
        show(
            "section_title",
            title=words("quality.checks"),
            note=words("quality.checks_note", passed=passed, total=len(found)),
        )
        tables.checks(reading, found, of_batch=True)
    else:
        show("section_title", title=words("quality.checks"), note=words("quality.no_checks"))


def _rejected(reading: Reading, batch: feeds.Batch) -> None:
    words = reading.words
    rules = reading.ask(failing_rules, batch_id=batch.batch_id)
    if not rules:
        return
    found = reading.ask(feeds.checks_of_batch, batch.batch_id)
    names = {row.check_key: words.pick(row.name_zh, row.name_en) for row in found}
    only_rejected = all(row.check_key.startswith(_REJECTED) for row in rules)
    title = words("failed_row.title_rejected" if only_rejected else "failed_row.title")
    count = writing.count(sum(row.samples for row in rules))
    show("section_title", title=title, note=words("failed_row.note", rules=len(rules), count=count))
    examples = reading.ask(failing_row_examples, each=_EXAMPLES_EACH, batch_id=batch.batch_id)
    tables.failing_rules(reading, rules, examples, names, of_batch=True)


def _uses(reading: Reading, batch: feeds.Batch) -> None:
    words = reading.words
    found = reading.ask(uses_of_batch, batch.batch_id)
    show(
        "uses",
        title=words("batch.uses"),
        note=words("batch.uses_note", count=len(found)) if found else words("batch.no_uses"),
        items=[
            (
                reading.visit.link(PageName.INDICATOR, code=row.indicator_code),
                words.pick(row.name_zh, row.name_en),
                words("batch.use", count=row.figures, end=writing.day(row.period_end)),
            )
            for row in found
        ],
    )


page(current_reading())
