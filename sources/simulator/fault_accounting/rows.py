"""Clean rows that a home with faults does not have.

Belongs here: comparing the admitted rows of two homes. Does not belong here: why a row is missing (`accounting.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from sources.contract.feed import Entity, Feed
from sources.reading.quoting import identifier, literal
from sources.simulator.fault_accounting.observing import delivery_name
from warehouse.home import Home
from warehouse.ledger import BatchStatus, Ledger


@dataclass(frozen=True, order=True)
class RowLoss:
    """Rows of a clean delivery (`file`: the name of its batch) which the other home has in no admitted batch."""

    feed: str
    entity: str
    file: str
    rows: int


def lost_rows(clean: Home, other: Home, feeds: Sequence[Feed]) -> list[RowLoss]:
    """Rows of the admitted batches of `clean` whose values no admitted batch of `other` has, by clean delivery.

    Both homes have to share the key of pseudonyms.
    """
    found = []
    with duckdb.connect(":memory:") as connection, Ledger.of(clean) as theirs, Ledger.of(other) as ours:
        for feed in feeds:
            for entity in feed.entities.values():
                names = {b.batch_id: delivery_name(b) for b in theirs.batches(feed=feed.name, entity=entity.name)}
                mine = _files(clean, theirs, entity, superseded=False)
                # What a resend replaced was delivered all the same.
                others = _files(other, ours, entity, superseded=True)
                if not mine:
                    continue
                columns = ", ".join(identifier(name) for name in (*entity.fields, "_deleted"))
                present = (
                    f"SELECT {columns} FROM {_read(others)}"
                    if others
                    else f"SELECT {columns} FROM {_read(mine)} LIMIT 0"
                )
                rows = connection.execute(
                    f"""
                    SELECT any_value(_batch_id), count(*) FROM (
                        SELECT {columns}, any_value(_batch_id) AS _batch_id FROM {_read(mine)} GROUP BY ALL
                    ) AS mine
                    WHERE NOT EXISTS (
                        SELECT 1 FROM ({present}) AS other
                        WHERE {" AND ".join(f"mine.{c} IS NOT DISTINCT FROM other.{c}" for c in columns.split(", "))}
                    )
                    GROUP BY _batch_id
                    """
                ).fetchall()
                found += [RowLoss(feed.name, entity.name, names[batch], count) for batch, count in rows]
    return sorted(found)


def _files(home: Home, ledger: Ledger, entity: Entity, *, superseded: bool) -> list[str]:
    states: list[BatchStatus] = ["admitted", "superseded"] if superseded else ["admitted"]
    folder = home.raw / entity.feed / entity.name
    return [
        str(path)
        for batch in ledger.batches(feed=entity.feed, entity=entity.name, status=states)
        for path in sorted(folder.glob(f"dt=*/batch={batch.batch_id}/*.parquet"))
    ]


def _read(files: Sequence[str]) -> str:
    return f"read_parquet([{', '.join(map(literal, files))}], hive_partitioning=true, union_by_name=true)"
