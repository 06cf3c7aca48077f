"""The revision triangle of an indicator: each period's figure as each publication had it.

Belongs here: laying the revisions of a snapshot out by period and publication. Does not belong here: the revisions one
by one (`indicator.py`), which publication was in force on a day (`publications.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from warehouse.read.indicator import definition
from warehouse.read.reader import SnapshotReader


@dataclass(frozen=True, slots=True)
class TriangleColumn:
    """A publication that changed a figure of the indicator. `published_at` is UTC, naive.

    A withdrawal is a column of its own, under the snapshot that readers were switched back to.
    """

    snapshot_id: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class TriangleCell:
    """A figure as a publication had it. `value` None: it was withdrawn. `is_new`: first published, or changed, here."""

    value: float | None
    definition_version: int
    reason_class: str
    reason: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class TriangleRow:
    """One period, with a cell a column; None: not published yet."""

    period_start: date
    period_end: date
    cells: tuple[TriangleCell | None, ...]

    @property
    def revisions(self) -> int:
        """How often the figure changed after it was first published."""
        return max(sum(cell is not None and cell.is_new for cell in self.cells) - 1, 0)


@dataclass(frozen=True, slots=True)
class RevisionTriangle:
    """Rows are periods, oldest first; columns publications, oldest first."""

    indicator_code: str
    period_type: str | None
    area_code: str
    columns: tuple[TriangleColumn, ...]
    rows: tuple[TriangleRow, ...]


def revision_triangle(
    reader: SnapshotReader, code: str, *, period_type: str | None = None, area_code: str | None = None
) -> RevisionTriangle:
    """The triangle as of the reader's snapshot; by default of the main kind of period and the district total.

    Raises UnknownIndicator. An indicator without a definition (no kind of period) has no rows.
    """
    kind = period_type or definition(reader, code).period_type
    area = area_code or reader.rows("SELECT district_code FROM snapshot")[0]["district_code"]
    found = reader.rows(
        """
        SELECT period_start, period_end, snapshot_id, published_at, value, definition_version, reason_class, reason
        FROM indicator_revision WHERE indicator_code = ? AND period_type = ? AND area_code = ? ORDER BY seq
        """,
        [code, kind, area],
    )
    columns = list(dict.fromkeys(TriangleColumn(row["snapshot_id"], row["published_at"]) for row in found))
    said: dict[tuple[date, date], dict[TriangleColumn, TriangleCell]] = {}
    for row in found:
        cell = TriangleCell(row["value"], row["definition_version"], row["reason_class"], row["reason"], is_new=True)
        period = said.setdefault((row["period_start"], row["period_end"]), {})
        period[TriangleColumn(row["snapshot_id"], row["published_at"])] = cell
    rows = (
        TriangleRow(*period, _carried(said[period], columns)) for period in sorted(said, key=lambda p: (p[1], p[0]))
    )
    return RevisionTriangle(code, kind, area, tuple(columns), tuple(rows))


def day_said(published_at: datetime, zone: ZoneInfo) -> date:
    """The day of a publication (UTC, naive) in `zone`: what was known on it."""
    return published_at.replace(tzinfo=UTC).astimezone(zone).date()


def _carried(
    changes: dict[TriangleColumn, TriangleCell], columns: list[TriangleColumn]
) -> tuple[TriangleCell | None, ...]:
    """What was said stays said until it changes."""
    cells: list[TriangleCell | None] = []
    last: TriangleCell | None = None
    for column in columns:
        if column in changes:
            cells.append(changes[column])
            cell = changes[column]
            last = TriangleCell(cell.value, cell.definition_version, cell.reason_class, cell.reason, is_new=False)
        else:
            cells.append(last)
    return tuple(cells)
