"""The earlier deliveries that one is compared with.

Belongs here: which they are, what the ledger knows of them, which of several files of a period one is. Does not belong
here: comparing (`history.py`), how they are kept (`warehouse.ledger.statistics`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sources.admission.usual import PERIODS
from sources.contract.feed import Entity
from warehouse.ledger import BatchEnvelope, Ledger
from warehouse.ledger.statistics import ColumnStatistic, EarlierBatch

# A year and a week of days; three years of longer periods.
DAYS_BACK, _PERIODS_BACK = timedelta(days=372), timedelta(days=3 * 366)
_DAILY: Final = ("hourly", "daily")
# Names in one statement: far below what SQLite (32,766) and PostgreSQL (65,535) take.
_AT_ONCE: Final = 1_000


@dataclass(frozen=True)
class History:
    """What the ledger knows of earlier deliveries of an entity."""

    ledger: Ledger

    def earlier(self, envelope: BatchEnvelope, entity: Entity) -> list[EarlierBatch]:
        """Admitted batches of the same delivery about earlier periods; all that were before where none is declared."""
        start = envelope.period_start
        before = start or date.max
        since = date.min if start is None else start - (DAYS_BACK if is_daily(entity) else _PERIODS_BACK)
        return self.ledger.earlier_batches(envelope.feed, envelope.entity, envelope.delivery_key, since, before)

    def columns(self, batches: Sequence[EarlierBatch]) -> Mapping[str, tuple[ColumnStatistic, ...]]:
        """Totals of the measured columns by batch id, of batches that have any."""
        return self.ledger.column_statistics([known.batch_id for known in batches])

    def rows_by_day(self, envelope: BatchEnvelope, since: date) -> dict[date, int]:
        """Admitted rows of the entity by day."""
        return self.ledger.rows_by_day(envelope.feed, envelope.entity, since)


class Earlier:
    """The deliveries before one, the oldest first; of a year of hourly ones few have their columns looked at."""

    def __init__(self, history: History, envelope: BatchEnvelope, entity: Entity) -> None:
        self.batches = history.earlier(envelope, entity)
        self._history = history
        self._columns: dict[str, tuple[ColumnStatistic, ...]] = {}

    def columns(self, batch: EarlierBatch) -> tuple[ColumnStatistic, ...]:
        """Totals of the measured columns of one of `batches`.

        Read with those before it, as many again as were read so far: who goes back does not ask for one at a time.
        """
        if batch.batch_id not in self._columns:
            end = self.batches.index(batch) + 1
            wanted = self.batches[max(0, end - min(_AT_ONCE, max(PERIODS, len(self._columns)))) : end]
            self._columns |= dict.fromkeys((known.batch_id for known in wanted), ())
            self._columns |= self._history.columns(wanted)
        return self._columns[batch.batch_id]


def stream(batch: EarlierBatch) -> str:
    """Its file name without period and sequence: which of several files of a period it is (an hour, a hospital)."""
    name = batch.file_name
    for day in (batch.period_start, batch.period_end):
        written = day.isoformat()
        for part in (written.replace("-", ""), written, written[:7].replace("-", "")):
            name = name.replace(part, "")
    return name if batch.batch_seq is None else name.replace(f"_{batch.batch_seq}.", ".")


def is_daily(entity: Entity) -> bool:
    """Whether its deliveries are compared day by day."""
    return entity.calendar is not None and entity.calendar.cadence in _DAILY


def is_hourly(entity: Entity) -> bool:
    """Whether several deliveries of one day are usual."""
    return entity.calendar is not None and entity.calendar.cadence == "hourly"
