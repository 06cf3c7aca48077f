"""Admitted batches by the thousand, written to a ledger as deciding them one by one would have left it.

Belongs here: the rows, through the ledger's own tables and seals, in one transaction. Does not belong here: the Parquet
files of the batches (`history.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import sqlalchemy as sa

from warehouse.home import Home
from warehouse.ledger import Batch, BatchEnvelope, BatchFile, PartitionRows
from warehouse.ledger.access import insert, row_of
from warehouse.ledger.schema.deliveries import batch, batch_file, batch_partition, partition_change
from warehouse.ledger.sealing import seal_batches

# SQLite takes some 30,000 values of one IN list.
_AT_ONCE = 5_000


def record_admitted(home: Home, found: Sequence[tuple[Batch, PartitionRows]]) -> None:
    """Record batches as landed, admitted and sealed, each with one file and one day."""
    engine = sa.create_engine(home.ledger_url)
    names = {item.name for item in fields(BatchEnvelope)} | {"status", "rows_read", "rows_admitted", "rows_rejected"}
    with engine.begin() as connection:
        seq = connection.execute(sa.select(sa.func.max(batch.c.decision_seq))).scalar() or 0
        for start in range(0, len(found), _AT_ONCE):
            chosen = found[start : start + _AT_ONCE]
            rows = [{name: getattr(one, name) for name in names} for one, _ in chosen]
            for row in rows:
                seq += 1
                row |= {"decision_seq": seq, "decided_at": row["landed_at"]}
            insert(connection, batch, rows)
            files = (
                (one.batch_id, BatchFile(one.file_name, one.sha256, one.bytes, one.received_at)) for one, _ in chosen
            )
            insert(connection, batch_file, (row_of(file, batch_id=name, position=0) for name, file in files))
            days = [
                {"batch_id": one.batch_id, "feed": one.feed, "entity": one.entity, "dt": part.dt}
                for one, part in chosen
            ]
            parts = [row_of(part) for _, part in chosen]
            insert(connection, batch_partition, (part | day for part, day in zip(parts, days, strict=True)))
            insert(connection, partition_change, (day | {"cause": "admitted"} for day in days))
            seal_batches(connection, [one.batch_id for one, _ in chosen], "admitted")
    engine.dispose()
