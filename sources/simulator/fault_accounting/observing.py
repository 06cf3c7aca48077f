"""What a home reports of its deliveries: rejected rows, repairs, held batches, checks, replays, late periods.

Belongs here: reading the ledger into one list. Does not belong here: what was injected, judging (`accounting.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import duckdb
import pyarrow.compute as pc
import pyarrow.parquet

from sources.contract.feed import Feed
from warehouse.checks.reconciliations import reconciliations
from warehouse.district import district
from warehouse.expected import expected_batches
from warehouse.home import Home
from warehouse.ledger import Batch, Ledger


@dataclass(frozen=True, order=True)
class Observation:
    """One thing that the platform reports. `kind` and `code` as in `faults.fault.Trace`.

    `file` is the batch's file name, or the period's last day where no batch is (`timeliness`); `text` is what it says
    to its reader, in English.
    """

    kind: str
    code: str
    feed: str
    entity: str
    file: str
    rows: int
    text: str = ""


def observe(home: Home, feeds: Sequence[Feed], *, moment: datetime, since: date) -> list[Observation]:
    """Everything that the home reports at `moment` (aware) of `feeds`; batches are expected of periods from `since`."""
    with Ledger.of(home) as ledger:
        names = {feed.name for feed in feeds}
        batches = [batch for batch in ledger.batches() if batch.feed in names]
        found = [seen for batch in batches for seen in _of_batch(home, ledger, batch)]
        found += _of_checks(ledger, batches)
        found += _of_replays(ledger, feeds)
        found += _of_models(home, batches)
        found += [
            Observation("problem", "unreachable", one.feed, one.entity or "", "", 1, one.text_en)
            for one in ledger.problems()
            if one.feed in names
        ]
        found += _of_periods(ledger, names, batches, moment, since)
        return sorted(found)


def delivery_name(batch: Batch) -> str:
    """The name of the delivery that a batch is part of: what a database exchanged comes in batches by days."""
    if batch.delivery_mode != "sql":
        return batch.file_name
    return batch.file_name.removesuffix(".parquet").split("_before_")[0]


def _of_batch(home: Home, ledger: Ledger, batch: Batch) -> Iterator[Observation]:
    where = (batch.feed, batch.entity, delivery_name(batch))
    for reason in ledger.rejects(batch.batch_id):
        yield Observation("reject", reason.reason_code, *where, reason.rows, reason.reason_en)
    for done in ledger.treatments(batch.batch_id):
        # What concerns the file as such has no rows; it is one thing all the same.
        yield Observation("treatment", done.code, *where, max(1, done.rows), done.text_en)
    if batch.status == "held":
        yield Observation("held", "held", *where, 1, batch.reason_en or "")
    deleted = _tombstones(home, batch)
    if deleted:
        yield Observation("deleted", "tombstone", *where, deleted)
    if batch.superseded_by is not None:
        yield Observation("superseded", "superseded", *where, 1, f"by {batch.superseded_by}")


def _tombstones(home: Home, batch: Batch) -> int:
    """Rows that the batch marks as deleted; only deltas by change tables and rosters have any."""
    if batch.mode != "delta" or not batch.rows_admitted:
        return 0
    files = (home.raw / batch.feed / batch.entity).glob(f"dt=*/batch={batch.batch_id}/*.parquet")
    columns = [pyarrow.parquet.read_table(file, columns=["_deleted"])["_deleted"] for file in files]
    return sum(pc.sum(column).as_py() or 0 for column in columns)


def _of_checks(ledger: Ledger, batches: Sequence[Batch]) -> Iterator[Observation]:
    files = {batch.batch_id: batch for batch in batches}
    across = {check.spec.key for check in reconciliations()}
    newest = {}
    for result in ledger.check_results():
        newest[result.scope, result.batch_id, result.entity, result.check_key, result.indicator_code] = result
    for result in newest.values():
        if result.outcome == "PASSED":
            continue
        rows = result.failed_rows or 1  # a check of the whole delivery fails once
        batch = files.get(result.batch_id or "")
        if batch is not None:
            where = (batch.feed, batch.entity, delivery_name(batch))
            yield Observation("check", result.check_key, *where, rows, f"{result.outcome} {result.name_en}")
        elif result.check_key in across:
            where = (result.feed or "", result.entity or "", "")
            yield Observation("reconciled", result.check_key, *where, rows, result.name_en)
        elif result.scope == "published":
            code = result.check_key
            yield Observation(
                "published", code, "", result.entity or "", result.indicator_code or "", rows, result.name_en
            )


# What models report of rows that they take with care: kind, code, and the query of (batch, rows).
_MODELS = (
    ("waiting", "SELECT waits_for, _batch_id, sum(row_count) FROM conformed.fct_waiting_row GROUP BY ALL"),
    ("session", "SELECT 'exit_first', entry_batch_id, count(*) FROM conformed.fct_parking_session "
                "WHERE is_exit_first GROUP BY ALL"),
    ("session", "SELECT 'duration_refused', exit_batch_id, count(*) FROM conformed.fct_parking_session "
                "WHERE is_duration_refused GROUP BY ALL"),
    ("session", "SELECT 'clock_corrected', coalesce(entry_batch_id, exit_batch_id), count(*) "
                "FROM conformed.fct_parking_session WHERE is_clock_corrected GROUP BY ALL"),
)  # fmt: skip


def _of_models(home: Home, batches: Sequence[Batch]) -> Iterator[Observation]:
    """Rows that wait for their register, and stays that were paired or measured with care; none before a build."""
    if not home.build_database.is_file():
        return
    known = {batch.batch_id: batch for batch in batches}
    with duckdb.connect(home.build_database, read_only=True) as connection:
        for kind, query in _MODELS:
            for code, identity, count in connection.execute(query).fetchall():
                batch = known[identity]
                yield Observation(kind, code, batch.feed, batch.entity, delivery_name(batch), int(count))


def _of_replays(ledger: Ledger, feeds: Sequence[Feed]) -> Iterator[Observation]:
    """Files that came to nothing: a folder's watermark lists those that brought no batch."""
    for feed in feeds:
        for entity in feed.entities.values():
            for delivery in entity.deliveries:
                # A member of an archive may be absent, which is no replay; and only folders keep such a list.
                if delivery.file is None or delivery.file.member is not None:
                    continue
                for name, _, _ in json.loads(ledger.watermark(feed.name, entity.name, delivery.key) or "[]"):
                    yield Observation("replayed", "replayed", feed.name, entity.name, name, 1)


def _of_periods(
    ledger: Ledger, names: set[str], batches: Sequence[Batch], moment: datetime, since: date
) -> Iterator[Observation]:
    """Expected batches that came late or not at all."""
    contracts = [one for one in ledger.contracts() if one.feed in names]
    days = ledger.batch_days()
    for one in expected_batches(contracts, batches, days, moment=moment, zone=district().zone, since=since):
        if one.state in ("late", "missing"):
            yield Observation("timeliness", one.state, one.feed, one.entity, one.period_end.isoformat(), 1)
