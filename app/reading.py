"""What one run of a page reads: the reader's visit and one snapshot, the same for all parts of the page.

`main.py` opens it, the page's script takes it up: a publication between the two must not mix two snapshots.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from datetime import date
from typing import Concatenate, Final, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import streamlit as st

from app.queries import Published, kept, names
from app.visit import Visit
from app.words import Language, Words
from warehouse.read import SnapshotReader
from warehouse.read.overview import OverviewRow, SnapshotInfo, overview, snapshot_info

P = ParamSpec("P")
T = TypeVar("T")
_KEY: Final = "reading"


@dataclass(frozen=True, slots=True)
class Reading:
    """Visit, snapshot and what the snapshot says about itself."""

    visit: Visit
    source: Published
    snapshot: SnapshotInfo

    @property
    def words(self) -> Words:
        """The words of the reader's language."""
        return self.visit.words

    @property
    def language(self) -> Language:
        """The reader's language."""
        return self.visit.language

    @property
    def zone(self) -> ZoneInfo:
        """The district's time zone, in which times are shown."""
        return ZoneInfo(self.snapshot.time_zone)

    def ask(self, question: Callable[Concatenate[SnapshotReader, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer to a question of `warehouse.read`, cached."""
        return self.source.ask(question, *args, **kwargs)

    def keep(self, *key: Hashable, draw: Callable[[], T]) -> T:
        """What `draw` makes of this snapshot for readers of this language, mode and days, drawn once for all of them.

        `key`: the name of the drawing and all else it depends on. Only for what comes from the snapshot alone.
        """
        visit = self.visit
        about = (visit.language, visit.mode, visit.as_of, visit.known_on, visit.debug)
        return kept(str(self.source.reader.path), (*key, *about), draw)

    @property
    def day(self) -> date:
        """The day on which indicators are judged."""
        return self.visit.as_of or self.snapshot.as_of

    def indicators(self) -> list[OverviewRow]:
        """All indicators as they stand on `day`."""
        return self.ask(overview) if self.visit.as_of is None else self.ask(overview, as_of=self.visit.as_of)

    def feed_name(self, feed: str | None) -> str:
        """A feed's label in the reader's language; its code where the snapshot has no label."""
        known = self.ask(names).feeds.get(feed or "")
        return (self.words.pick(known.feed_label_zh, known.feed_label_en) if known else "") or feed or ""

    def entity_name(self, feed: str | None, entity: str | None) -> str:
        """An entity's label in the reader's language; its code where the snapshot has no label."""
        known = self.ask(names).entities.get((feed or "", entity or ""))
        return (self.words.pick(known.label_zh, known.label_en) if known else "") or entity or ""

    def department_name(self, feed: str | None) -> str:
        """The department that delivers a feed."""
        known = self.ask(names).feeds.get(feed or "")
        return self.words.pick(known.department_zh, known.department_en) if known else ""


def reading_of(visit: Visit, source: Published) -> Reading:
    """A reading of `source`; a day it cannot speak of (before the plan, after its data) is dropped."""
    snapshot = source.ask(snapshot_info)
    known = visit.as_of is not None and snapshot.plan_start <= visit.as_of < snapshot.as_of
    return Reading(visit if known else replace(visit, as_of=None), source, snapshot)


def open_reading(reading: Reading) -> None:
    """Let this run's page script find the reading."""
    st.session_state[_KEY] = reading


def current_reading() -> Reading:
    """The reading that `main.py` opened for this run."""
    reading = st.session_state[_KEY]
    assert isinstance(reading, Reading)
    return reading
