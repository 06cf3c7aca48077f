"""The publications of a home.

Belongs here: the list that a reader chooses an earlier snapshot from, and which of them was in force on a day. Does not
belong here: undoing one (`warehouse.publish.rollback`), how one figure changed (`revisions.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from warehouse.district import district
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.read.reader import NothingPublished, SnapshotReader


@dataclass(frozen=True, slots=True)
class Publication:
    """One publication up to the reader's own. `published_at` is UTC, naive; `state` published or withdrawn."""

    snapshot_id: str
    number: int
    as_of: date
    published_at: datetime
    state: str
    new_figures: int
    revised_figures: int


class NothingKnown(LookupError):
    """Nothing had been published by that day. `zh` and `en` say when the first publication was."""

    def __init__(self, day: date, first: date) -> None:
        self.zh = f"截至 {day} 尚无发布；首次发布于 {first}，请选择该日或以后的日期。"
        self.en = (
            f"Nothing had been published by {day}; the first publication was on {first}: choose that day or later."
        )
        super().__init__(f"{self.zh} / {self.en}")


def publications(reader: SnapshotReader) -> list[Publication]:
    """Newest first."""
    return reader.records(Publication, "SELECT * FROM publication ORDER BY number DESC")


def known_on(home: Home, day: date) -> SnapshotReader:
    """What readers saw at the end of a day (district-local), whatever was published, or withdrawn, since.

    `day` is the day of saying, not of the data: combine with the `as_of` of other functions for the latter. Raises
    NothingPublished, NothingKnown, and UnknownSnapshot when the file of that publication is gone.
    """
    if not home.current_snapshot.is_symlink():
        raise NothingPublished(home)
    zone = ZoneInfo(district().zone)
    end = datetime.combine(day + timedelta(days=1), time(), zone) - timedelta(microseconds=1)
    with Ledger.of(home) as ledger:
        seen = ledger.snapshot_at(end)
        if seen is None:
            known = ledger.snapshots()
            first = known[0].published_at.astimezone(zone).date() if known else day
            raise NothingKnown(day, first)
    return SnapshotReader(home, seen.snapshot_id)
