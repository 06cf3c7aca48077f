"""A home with a long history of parking events: days laid down as admitted batches, as intake would have left them.

A first day goes through `district run`; its Parquet, with days and ids moved, becomes the history, and the ledger gets
its batches. Taking 100 million rows in from delivered files would take an hour, and that is measured elsewhere; dbt
builds on the history itself. Belongs here: making histories. Does not belong here: measuring on them.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from benchmarks.ledger_history import record_admitted
from benchmarks.measure import Measured, run
from benchmarks.parking_files import EVENTS_A_DAY, write_days
from warehouse.fingerprint import files_sha256
from warehouse.home import Home
from warehouse.ledger import Batch, Ledger, PartitionRows

FEEDS = Path(__file__).resolve().parent / "growth_feeds"
FIRST_DAY = date(2023, 6, 30)
AS_OF = date(2023, 7, 31)  # the same for every run: a later day would ask for more months, whatever the history
# Batches written by one statement: each is a file that is open until the statement ends.
_AT_ONCE = 50


class History:
    """One home and its delivered files. `days` is how many it holds; `environment` is what a run of it needs."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.home = Home(work / "home")
        self.files = work / "files"
        self.log = work / "log"
        self.days = 0
        self.environment: Mapping[str, str] = {
            "DISTRICT_HOME": str(self.home.root),
            "DISTRICT_FEEDS": str(FEEDS),
            "DISTRICT_BENCHMARK_DATA": str(self.files),
        }

    @property
    def rows(self) -> int:
        """Events delivered so far."""
        return self.days * EVENTS_A_DAY

    @property
    def bytes(self) -> int:
        """What the home takes on the disk."""
        return sum(path.lstat().st_size for path in self.home.root.rglob("*") if path.is_file())

    def begin(self) -> Measured:
        """Take in and publish the first day."""
        write_days(self.files, 1, "parquet", last=FIRST_DAY)
        self.days = 1
        return self.run()

    def run(self) -> Measured:
        """One `district run` as a process of its own."""
        command = ["-m", "orchestration.cli.main", "run", "--feed", "parking", "--as-of", str(AS_OF)]
        return run([sys.executable, *command], self.environment, self.log)

    def deliver(self, after: int) -> None:
        """The file of the day so many days after the first, for the next run."""
        write_days(self.files, 1, "parquet", last=FIRST_DAY + timedelta(days=after))
        self.days += 1

    def correct(self, before: int) -> None:
        """A corrected file of the day so many days before the first: it replaces that day's batch."""
        day = FIRST_DAY - timedelta(days=before)
        aside = write_days(self.work / "corrected", 1, "parquet", last=day)
        (aside / f"parking_events_{day:%Y%m%d}.parquet").rename(self.files / f"correction_{day:%Y%m%d}.parquet")

    def lay_down(self, days: int, *, batches_a_day: int = 1, rows: int | None = None) -> None:
        """Days before the first, up to `days` in all, each in so many batches; with `rows`, each has but these."""
        wanted = [FIRST_DAY - timedelta(days=back) for back in range(self.days, days)]
        with Ledger.of(self.home) as ledger:
            known = ledger.batches(feed="parking", entity="prk_event", status="admitted")
        first = next(batch for batch in known if batch.period_start == FIRST_DAY)
        keys = [(day, part) for day in wanted for part in range(batches_a_day)]
        for start in range(0, len(keys), _AT_ONCE):
            batches = [_moved(first, day, part, rows) for day, part in keys[start : start + _AT_ONCE]]
            record_admitted(self.home, self._write(first, batches, rows))
        self.days = max(self.days, days)

    def _write(self, first: Batch, batches: Sequence[Batch], rows: int | None) -> list[tuple[Batch, PartitionRows]]:
        source = self.home.raw / "parking" / "prk_event"
        back = f"CAST(DATE '{FIRST_DAY}' - day AS INTEGER)"
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
            connection.execute("CREATE TABLE wanted (day DATE, batch VARCHAR, batch_order BIGINT, received TIMESTAMP)")
            connection.executemany(
                "INSERT INTO wanted VALUES (?, ?, ?, ?)",
                [[b.period_start, b.batch_id, b.batch_order, b.received_at.replace(tzinfo=None)] for b in batches],
            )
            moved = "strftime(day, '%Y%m%d')" if rows is None else "batch"
            connection.execute(
                f"""
                COPY (
                    SELECT first.* EXCLUDE (dt, batch) REPLACE (
                        replace(event_id, '{FIRST_DAY:%Y%m%d}', {moved}) AS event_id,
                        replace(session_no, '{FIRST_DAY:%Y%m%d}', {moved}) AS session_no,
                        event_time - to_days({back}) AS event_time,
                        receive_time - to_days({back}) AS receive_time,
                        wanted.batch AS _batch_id, batch_order AS _batch_order, received AS _received_at
                    ), day AS dt, wanted.batch
                    FROM (
                        FROM read_parquet(
                            '{source}/dt={FIRST_DAY}/batch={first.batch_id}/*.parquet', hive_partitioning = true
                        ) LIMIT {rows or EVENTS_A_DAY}
                    ) AS first CROSS JOIN wanted
                ) TO '{source}' (
                    FORMAT parquet, COMPRESSION zstd, PARTITION_BY (dt, batch), FILENAME_PATTERN 'part-{{i}}', APPEND
                )
                """
            )
        placed = []
        for batch in batches:
            folder = source / f"dt={batch.period_start}" / f"batch={batch.batch_id}"
            assert batch.period_start is not None
            hashed = files_sha256(sorted(folder.iterdir()))
            placed.append((batch, PartitionRows(batch.period_start, batch.rows_admitted or 0, 0, hashed)))
        return placed


def _moved(first: Batch, day: date, part: int, rows: int | None) -> Batch:
    """The first day's batch as it would have been for another day, received the morning after."""
    received = datetime(day.year, day.month, day.day, 22, tzinfo=UTC) + timedelta(minutes=part)
    identity = hashlib.sha256(f"{first.batch_id} {day} {part}".encode()).hexdigest()
    admitted = first.rows_admitted if rows is None else rows
    return replace(
        first,
        batch_id="b" + identity[:20],
        sha256=identity,
        file_name=first.file_name.replace(f"{FIRST_DAY:%Y%m%d}", f"{day:%Y%m%d}_{part}"),
        received_at=received,
        landed_at=received,
        batch_order=int(received.timestamp()) * 1_000_000_000,
        period_start=day,
        period_end=day,
        rows_admitted=admitted,
        rows_read=admitted,
        rows_rejected=0,
    )
