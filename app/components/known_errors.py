"""The table of known errors of providers that were met in batches.

Belongs here: turning records into the table. Does not belong here: which batches a page is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from app.addresses import PageName
from app.components.markup import render, show
from app.queries import field_labels
from app.reading import Reading
from app.theme.palette import UNKNOWN, Look
from warehouse.read import writing
from warehouse.read.corrections import KnownError

_LOOKS: Final[dict[str, tuple[Look, str]]] = {
    "applied": (Look("blue", "✎"), "known_error.applied"),
    "proposed": (Look("gray", "◇"), "known_error.proposed"),
    "returned": (Look("orange", "×"), "known_error.returned"),
    "mended": (Look("gray", "✓"), "known_error.mended"),
    "differs": (Look("yellow", "△"), "known_error.differs"),
}


def table(reading: Reading, rows: Sequence[KnownError], *, of_batch: bool) -> None:
    """The section; nothing without rows. `of_batch`: all of one batch, which need not be named."""
    if not rows:
        return
    words = reading.words
    applied = sum(row.rows for row in rows if row.outcome == "applied")
    note = words("known_error.note", rows=writing.count(applied)) if applied else words("known_error.none_applied")
    show("section_title", title=words("known_error.title"), note=note)
    show(
        "known_errors",
        words=words,
        rows=[_shown(reading, row) for row in rows],
        of_batch=of_batch,
        rest="",
    )


def _shown(reading: Reading, row: KnownError) -> dict[str, Any]:
    words = reading.words
    look, key = _LOOKS.get(row.outcome, (UNKNOWN, "state.unknown"))
    labels = reading.ask(field_labels, row.feed, row.entity).get(row.column_name, ("", ""))
    line = words("failed_row.line", number=writing.count(row.row_number)) if row.row_number is not None else ""
    place = " · ".join(part for part in (row.file_name, row.sheet or "", line) if part)
    return {
        "name": row.correction,
        "reason": words.pick(row.reason_zh, row.reason_en),
        "field": words.pick(*labels) or row.column_name,
        "delivered": words("known_error.empty") if row.expected is None else row.expected,
        "right": words("known_error.empty") if row.corrected is None else row.corrected,
        "outcome": render("state", look=look, word=words(key)),
        "count": writing.count(row.rows),
        "place": place,
        "who": row.who,
        "term": words("known_error.since", day=writing.day(row.since))
        if row.until is None
        else f"{writing.day(row.since)} – {writing.day(row.until)}",
        "batch": reading.visit.link(PageName.BATCH, batch=row.batch_id),
    }
