"""A home with a long history of parking events: days laid down as admitted batches, as intake would have left them.

A first day goes through `district run`; its Parquet, with days and ids moved, becomes the history, and the ledger gets
its batches through its own interface. Taking 100 million rows in from delivered files would take an hour, and that is
measured elsewhere. Belongs here: making histories. Does not belong here: measuring on them.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb

from benchmarks.measure import Measured, run
from benchmarks.parking_files import EVENTS_A_DAY, write_days
from warehouse.fingerprint import files_sha256
from warehouse.home import Home
from warehouse.ledger import Batch, BatchEnvelope, BatchFile, Ledger, PartitionRows

HERE = Path(__file__).resolve().parent
FIRST_DAY = date(2023, 6, 30)
AS_OF = date(2023, 7, 31)  # the same for every run: a later day would ask for more months, whatever the history
# Days written by one statement: few enough that their rows fit a sort in 1 GB.
_AT_ONCE = 50


class History:
    """One home, its delivered files, and the days that it holds. `environment` is what a run of it needs."""

    def __init__(self, work: Path, *, feeds: Path = HERE / "feeds") -> None:
        self.work = work
        self.home = Home(work / "home")
        self.files = work / "files"
        self.log = work / "log"
        self.days = 0
        self.environment: Mapping[str, str] = {
            "DISTRICT_HOME": str(self.home.root),
            "DISTRICT_FEEDS": str(feeds),
            "DISTRICT_BENCHMARK_DATA": str(self.files),
        }

    @property
    def rows(self) -> int:
        """Events delivered so far."""
        return self.days * EVENTS_A_DAY

    def begin(self) -> Measured:
        """Take in and publish the first day."""
        write_days(self.files, 1, "parquet", last=FIRST_DAY)
        self.days = 1
        return self.run()

    def run(self, command: Sequence[str] = ("run",), as_of: date = AS_OF) -> Measured:
        """One `district run` as a process of its own."""
        return run(
            [sys.executable, "-m", "orchestration.cli.main", *command, "--feed", "parking", "--as-of", str(as_of)],
            self.environment,
            self.log,
        )

    def deliver(self, day: date) -> None:
        """One more day's file, for the next run."""
        write_days(self.files, 1, "parquet", last=day)
        self.days += 1

    def correct(self, day: date) -> None:
        """A corrected file of a day that was delivered before: it replaces that day's batch."""
        aside = write_days(self.work / "corrected", 1, "parquet", last=day)
        name = f"parking_events_{day:%Y%m%d}"
        (aside / f"{name}.parquet").rename(self.files / f"{name}_corrected.parquet")

    def lay_down(self, days: int) -> None:
        """Bring the history to `days` days, the new ones before those that are there."""
        with Ledger.of(self.home) as ledger:
            known = ledger.batches(feed="parking", entity="prk_event", status="admitted")
            first = next(batch for batch in known if batch.period_start == FIRST_DAY and batch.mode == "delta")
            earliest = min(batch.period_start for batch in known if batch.period_start is not None)
            wanted = [earliest - timedelta(days=back) for back in range(1, days - self.days + 1)]
            for start in range(0, len(wanted), _AT_ONCE):
                self._lay_down(ledger, first, wanted[start : start + _AT_ONCE])
        self.days = max(self.days, days)

    def _lay_down(self, ledger: Ledger, first: Batch, days: Sequence[date]) -> None:
        source = self.home.raw / "parking" / "prk_event"
        batches = {day: _moved(first, day) for day in days}
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
            connection.execute("CREATE TABLE wanted (day DATE, batch VARCHAR, batch_order BIGINT, received TIMESTAMP)")
            connection.executemany(
                "INSERT INTO wanted VALUES (?, ?, ?, ?)",
                [[d, b.batch_id, b.batch_order, b.received_at.replace(tzinfo=None)] for d, b in batches.items()],
            )
            connection.execute(
                f"""
                COPY (
                    SELECT first.* EXCLUDE (dt, batch) REPLACE (
                        replace(event_id, '{FIRST_DAY:%Y%m%d}', strftime(day, '%Y%m%d')) AS event_id,
                        replace(session_no, '{FIRST_DAY:%Y%m%d}', strftime(day, '%Y%m%d')) AS session_no,
                        event_time - to_days(CAST(DATE '{FIRST_DAY}' - day AS INTEGER)) AS event_time,
                        receive_time - to_days(CAST(DATE '{FIRST_DAY}' - day AS INTEGER)) AS receive_time,
                        wanted.batch AS _batch_id, batch_order AS _batch_order, received AS _received_at
                    ), day AS dt, wanted.batch
                    FROM read_parquet(
                        '{source}/dt={FIRST_DAY}/batch={first.batch_id}/*.parquet', hive_partitioning = true
                    ) AS first CROSS JOIN wanted
                ) TO '{source}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (dt, batch), FILENAME_PATTERN 'part-{{i}}', APPEND)
                """
            )
        with ledger.begin() as transaction:
            for day, batch in batches.items():
                envelope = BatchEnvelope(**{item.name: getattr(batch, item.name) for item in fields(BatchEnvelope)})
                folder = source / f"dt={day}" / f"batch={batch.batch_id}"
                part = PartitionRows(day, first.rows_admitted or 0, 0, files_sha256(sorted(folder.iterdir())))
                transaction.record_landed(envelope, [BatchFile(batch.file_name, batch.sha256, batch.bytes)])
                transaction.mark_parsed(batch.batch_id, rows_read=first.rows_read or 0)
                transaction.decide(
                    batch.batch_id, "admitted", rows_admitted=first.rows_admitted or 0, partitions=[part]
                )


def _moved(first: Batch, day: date) -> Batch:
    """The first day's batch as it would have been for another day, received the morning after."""
    received = datetime.combine(day + timedelta(days=1), time(1), UTC)
    identity = hashlib.sha256(f"{first.batch_id} {day}".encode()).hexdigest()
    return replace(
        first,
        batch_id="b" + identity[:20],
        sha256=identity,
        file_name=first.file_name.replace(f"{FIRST_DAY:%Y%m%d}", f"{day:%Y%m%d}"),
        received_at=received,
        landed_at=received,
        batch_order=int(received.timestamp()) * 1_000_000_000,
        period_start=day,
        period_end=day,
    )
