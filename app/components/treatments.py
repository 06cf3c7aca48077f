"""The table of what was repaired or flagged in deliveries, with the place of the first case.

Belongs here: turning records into the table. Does not belong here: which batches a page is about.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from app.addresses import PageName
from app.components.markup import render, show
from app.queries import field_labels
from app.reading import Reading
from app.theme.palette import UNKNOWN, Look
from warehouse.read import owner_queue, writing
from warehouse.read.treatments import BatchTreatment

_LOOKS: Final[dict[str, tuple[Look, str]]] = {
    "repaired": (Look("blue", "✎"), "treatment.repaired"),
    "flagged": (Look("yellow", "△"), "treatment.flagged"),
}


def table(
    reading: Reading,
    rows: Sequence[BatchTreatment],
    *,
    of_batch: bool,
    personal: Collection[tuple[str, str]] = (),
) -> None:
    """The section; nothing without rows. `of_batch`: all of one batch, which need not be named. `personal`: entities
    (feed, entity) about persons, whose small counts are not shown."""
    if not rows:
        return
    words = reading.words
    kinds = {kind: sum(row.treatment == kind for row in rows) for kind in _LOOKS}
    note = words("treatment.note" if of_batch else "treatment.note_newest", **kinds)
    show("section_title", title=words("treatment.title"), note=note)
    shown = [_shown(reading, row, personal=(row.feed, row.entity) in personal) for row in rows]
    show("treatments", words=words, rows=shown, of_batch=of_batch, rest="")


def _shown(reading: Reading, row: BatchTreatment, *, personal: bool) -> dict[str, Any]:
    words = reading.words
    look, key = _LOOKS.get(row.treatment, (UNKNOWN, "state.unknown"))
    labels = reading.ask(field_labels, row.feed, row.entity).get(row.column_name, ("", ""))
    count, few = owner_queue.shown_count(row.rows, personal=personal)
    number = words("owner.few_rows", count=count) if few else writing.count(count)
    return {
        "text": words.pick(row.text_zh, row.text_en),
        "treatment": render("state", look=look, word=words(key)),
        "field": words.pick(*labels) or row.column_name or words("treatment.whole"),
        # What concerns the file as such has no rows.
        "count": number if row.rows else writing.DASH,
        "place": row.example,
        "entity": reading.entity_name(row.feed, row.entity),
        "file": row.file_name,
        "batch": reading.visit.link(PageName.BATCH, batch=row.batch_id),
    }
