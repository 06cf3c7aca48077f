"""A raw lake and its ledger as intake leaves them, for tests of the dbt project alone.

Belongs here: writing typed Parquet and the batches that brought it. Does not belong here: reading deliveries, checks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from sources.contract.loading import load_feeds
from sources.registration import contract_records
from warehouse.home import Home
from warehouse.ledger import BatchEnvelope, BatchFile, Ledger, PartitionRows

_RECEIVED = datetime(2023, 7, 3, 1, 30, tzinfo=UTC)


class Lake:
    """Deliveries into one home. Rows are dicts of contract fields; what they leave out is NULL."""

    def __init__(self, home: Home, *, delivered: int = 0) -> None:
        """`delivered`: batches that the home has already; new ones are numbered after them."""
        self.home = home
        self._feeds = load_feeds(())
        self._delivered = delivered
        self._opened: Ledger | None = None
        for feed in self._feeds.values():
            self._ledger().register_contract(contract_records(feed, registered_at=_RECEIVED))

    def deliver(
        self,
        entity: str,
        rows: Sequence[Mapping[str, Any]],
        *,
        day: date | None = None,
        mode: Literal["full", "delta", "correction"] = "delta",
        delivery: str = "main",
        rejected: Mapping[date, int] | None = None,
    ) -> str:
        """One admitted batch of `feed.entity`; rows fall on their own `dt`, else on `day`. Returns its id.

        A row's `_deleted` makes it a tombstone; `rejected` counts rows that admission turned away, by day.
        """
        feed_name, entity_name = entity.split(".")
        feed, declared = self._feeds[feed_name], self._feeds[feed_name].entities[entity_name]
        self._delivered += 1
        batch_id = "b" + hashlib.sha256(f"{entity} {self._delivered}".encode()).hexdigest()[:20]
        days: dict[date, list[dict[str, Any]]] = {}
        for number, row in enumerate(rows, start=1):
            dt = row.get("dt") or day
            assert dt is not None
            own = {
                "_batch_id": batch_id,
                "_row": number,
                "_received_at": row.get("_received_at", _RECEIVED),
                "_generated_at": None,
                "_batch_order": self._delivered,
                "_deleted": bool(row.get("_deleted")),
            }
            days.setdefault(dt, []).append(dict(row) | own)
        columns = {name: kind for name, kind in declared.raw_columns.items() if name != "dt"}
        for dt, of_day in days.items():
            folder = self.home.raw / feed_name / entity_name / f"dt={dt}" / f"batch={batch_id}"
            _write(folder, columns, of_day)
        counted = {dt: len(of_day) for dt, of_day in days.items()}
        turned_away = dict(rejected or {})
        touched = sorted({*counted, *turned_away, *([day] if day else [])})
        envelope = BatchEnvelope(
            batch_id=batch_id,
            feed=feed_name,
            entity=entity_name,
            source="test",
            delivery_mode="files",
            delivery_key=delivery,
            file_name=f"{batch_id}.csv",
            sha256=hashlib.sha256(batch_id.encode()).hexdigest(),
            bytes=1,
            received_at=_RECEIVED,
            landed_at=_RECEIVED,
            mode=mode,
            batch_order=self._delivered,
            contract_version=feed.version,
            contract_sha256=feed.contract_sha256,
            run_id="test",
            simulated=True,
            period_start=touched[0],
            period_end=touched[-1],
        )
        ledger = self._ledger()
        ledger.record_landed(envelope, [BatchFile(f"{batch_id}.csv", envelope.sha256, 1)])
        ledger.mark_parsed(batch_id, rows_read=len(rows) + sum(turned_away.values()))
        ledger.decide(
            batch_id,
            "admitted",
            rows_admitted=len(rows),
            rows_rejected=sum(turned_away.values()),
            partitions=[PartitionRows(dt, counted.get(dt, 0), turned_away.get(dt, 0)) for dt in touched],
        )
        return batch_id

    def export(self) -> None:
        """Write the ledger's tables where dbt reads them, and close it."""
        with self._ledger() as ledger:
            ledger.export(self.home)
        self._opened = None

    def _ledger(self) -> Ledger:
        self._opened = self._opened or Ledger.of(self.home)
        return self._opened


def _write(folder: Path, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    folder.mkdir(parents=True)
    schema = pa.schema([(name, _arrow_type(kind)) for name, kind in columns.items()])
    table = pa.Table.from_pylist(
        [{name: _value(row.get(name), kind) for name, kind in columns.items()} for row in rows], schema
    )
    pq.write_table(table, folder / "part-0.parquet")


def _arrow_type(kind: str) -> pa.DataType:
    simple = {
        "VARCHAR": pa.string(),
        "BIGINT": pa.int64(),
        "DOUBLE": pa.float64(),
        "BOOLEAN": pa.bool_(),
        "DATE": pa.date32(),
        "TIMESTAMP": pa.timestamp("us"),
    }
    if kind in simple:
        return simple[kind]
    precision, scale = kind.removeprefix("DECIMAL(").removesuffix(")").split(",")
    return pa.decimal128(int(precision), int(scale))


def _value(value: Any, kind: str) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return Decimal(str(value)) if value is not None and kind.startswith("DECIMAL") else value
