"""Tables of what waits: rows for their register, deliveries for their control file.

Belongs here: turning records into the tables. Does not belong here: which of them a page is about.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from app.addresses import PageName
from app.components import tables
from app.components.markup import render, show
from app.queries import field_labels
from app.reading import Reading
from app.theme.palette import UNKNOWN, Look
from warehouse.read import owner_queue, writing
from warehouse.read.waiting import WaitingDelivery, WaitingRows

_LOOKS: Final[dict[str, tuple[Look, str]]] = {
    "waiting": (Look("gray", "◇"), "waiting.waiting"),
    "unresolved": (Look("orange", "▼"), "waiting.unresolved"),
}
# A department with more has a register to send, not codes to look up.
_SHOWN: Final = 20


def rows_table(
    reading: Reading, rows: Sequence[WaitingRows], *, of_batch: bool, personal: Collection[tuple[str, str]] = ()
) -> None:
    """Rows that wait for their register; nothing without any. `personal`: entities about persons, whose small counts
    are not shown."""
    if not rows:
        return
    words = reading.words
    unresolved = sum(row.state == "unresolved" for row in rows)
    note = words("waiting.note_unresolved", count=unresolved) if unresolved else words("waiting.note")
    show("section_title", title=words("waiting.title"), note=note)
    shown = [_shown(reading, row, personal=(row.feed, row.entity) in personal) for row in rows[:_SHOWN]]
    rest = words("waiting.rest", count=len(rows) - _SHOWN) if len(rows) > _SHOWN else ""
    show("waiting_rows", words=words, rows=shown, of_batch=of_batch, rest=rest)


def _shown(reading: Reading, row: WaitingRows, *, personal: bool) -> dict[str, Any]:
    words = reading.words
    look, key = _LOOKS.get(row.state, (UNKNOWN, "state.unknown"))
    labels = reading.ask(field_labels, row.feed, row.entity).get(row.column_name, ("", ""))
    count, few = owner_queue.shown_count(row.rows, personal=personal)
    return {
        "key": row.key_value,
        "field": words.pick(*labels) or row.column_name,
        "register": reading.entity_name(row.feed, row.waits_for),
        "entity": reading.entity_name(row.feed, row.entity),
        "state": render("state", look=look, word=words(key)),
        "count": words("owner.few_rows", count=count) if few else writing.count(count),
        "days": tables.span(row.first_day, row.last_day),
        "batch": reading.visit.link(PageName.BATCH, batch=row.last_batch_id),
    }


def deliveries_table(reading: Reading, rows: Sequence[WaitingDelivery]) -> None:
    """Deliveries that wait for their control file; nothing without any."""
    if not rows:
        return
    words = reading.words
    show("section_title", title=words("waiting.deliveries"), note=words("waiting.deliveries_note"))
    shown = [
        {
            "file": row.file_name,
            "entity": reading.entity_name(row.feed, row.entity),
            "waits_for": row.waits_for,
            "since": writing.moment(row.received_at, reading.zone),
            "period": tables.span(row.period_start, row.period_end),
        }
        for row in rows
    ]
    show("waiting_deliveries", words=words, rows=shown, rest="")
