"""The ledger's tables as Parquet, for dbt and for publishing.

Belongs here: the types of each column in Parquet, writing the files whole, and reading only what changed since they
were written. Does not belong here: how dbt reads them (`dbt_project/macros`). Every file has its full schema even when
the table is empty. Times are TIMESTAMP in UTC without zone; JSON columns are text.

What changed follows from the seals: whatever is decided about a batch, or checked in a run, is sealed in the same
transaction (`sealing.py`). A file remembers the newest seal it has seen; when that seal is not the ledger's (a restored
copy, another ledger), or the columns differ, the table is read whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from warehouse.home import Home
from warehouse.ledger.schema.checks import check_result
from warehouse.ledger.schema.columns import UtcTimestamp, metadata
from warehouse.ledger.schema.deliveries import batch
from warehouse.ledger.schema.publications import seal
from warehouse.ledger.sealing import BATCH_PARTS, FIRST, UNDECIDED

# By SQLAlchemy type, special before general.
_ARROW_TYPES: tuple[tuple[type[sa.types.TypeEngine[Any]], pa.DataType], ...] = (
    (UtcTimestamp, pa.timestamp("us")),
    (sa.Date, pa.date32()),
    (sa.Boolean, pa.bool_()),
    (sa.BigInteger, pa.int64()),
    (sa.Integer, pa.int32()),
    (sa.Double, pa.float64()),
    (sa.JSON, pa.string()),
    (sa.Text, pa.string()),
)
_MARK = b"newest_seal"
# Beyond this many changed batches reading the table whole is quicker, and SQLite takes some 30,000 values of a list.
_MOST_CHANGES = 2_000


@dataclass(frozen=True, slots=True)
class _Changes:
    """Batches and runs sealed since a seal, with the batches that are not decided, which change unsealed."""

    batches: frozenset[str]
    runs: frozenset[str]


def arrow_schema(table: sa.Table) -> pa.Schema:
    """The Parquet schema of a ledger table."""
    return pa.schema([pa.field(column.name, _arrow_type(column)) for column in table.columns])


def export_tables(connection: sa.Connection, home: Home) -> list[Path]:
    """Write all tables; each file is written aside and renamed, so that a reader never sees half of one."""
    home.ledger_views.mkdir(parents=True, exist_ok=True)
    home.workspace.mkdir(parents=True, exist_ok=True)
    newest = _newest_seal(connection)
    kept = {table.name: _kept(home, table) for table in metadata.sorted_tables}
    changes = _changes(connection, kept, newest)
    written = []
    for table in metadata.sorted_tables:
        before = kept[table.name]
        content = _read(connection, table) if before is None else _renewed(connection, table, before, changes)
        target = home.ledger_views / f"{table.name}.parquet"
        aside = home.workspace / f"ledger-{os.getpid()}-{table.name}.parquet"
        marked = content.replace_schema_metadata({_MARK: newest.encode()})
        pq.write_table(marked, aside, compression="zstd")
        os.replace(aside, target)
        written.append(target)
    return written


def _newest_seal(connection: sa.Connection) -> str:
    last = connection.execute(sa.select(seal.c.seq, seal.c.row_hash).order_by(seal.c.seq.desc()).limit(1)).first()
    return f"{last.seq} {last.row_hash}" if last else f"0 {FIRST}"


def _kept(home: Home, table: sa.Table) -> pa.Table | None:
    """What the last export wrote; None where there is none that can be gone on from."""
    try:
        found = pq.read_table(home.ledger_views / f"{table.name}.parquet")
    except (OSError, pa.ArrowException):
        return None
    known = found.schema.metadata or {}
    return found if _MARK in known and found.schema.equals(arrow_schema(table)) else None


def _changes(connection: sa.Connection, kept: dict[str, pa.Table | None], newest: str) -> _Changes:
    """What changed since the files were written; files that are of no use are taken out of `kept`."""
    marks = {found.schema.metadata[_MARK] for found in kept.values() if found is not None}
    seq, row_hash = (next(iter(marks)).decode() if len(marks) == 1 else newest).split()
    is_ours = (
        int(seq) == 0 or connection.execute(sa.select(seal.c.row_hash).filter_by(seq=int(seq))).scalar() == row_hash
    )
    sealed = connection.execute(sa.select(seal.c.kind, seal.c.subject).where(seal.c.seq > int(seq)).distinct()).all()
    undecided: Sequence[str] = (
        connection.execute(sa.select(batch.c.batch_id).where(batch.c.status.in_(UNDECIDED))).scalars().all()
    )
    known = kept["batch"]
    was_undecided: Iterable[str] = ()
    if known is not None:
        was_undecided = known.filter(pc.is_in(known["status"], pa.array(UNDECIDED)))["batch_id"].to_pylist()
    changes = _Changes(
        frozenset([*(one.subject for one in sealed if one.kind == "batch"), *undecided, *was_undecided]),
        frozenset(one.subject for one in sealed if one.kind == "checks"),
    )
    if known is None or len(marks) != 1 or not is_ours or len(changes.batches | changes.runs) > _MOST_CHANGES:
        kept.update(dict.fromkeys(kept))
    return changes


def _renewed(connection: sa.Connection, table: sa.Table, before: pa.Table, changes: _Changes) -> pa.Table:
    """The table's rows as they are now, from those that were written and those that changed."""
    if table.info.get("append_only") and "seq" in table.columns:
        last = pc.max(before["seq"]).as_py() or 0
        return pa.concat_tables([before, _read(connection, table, table.c.seq > last)])
    if table is not batch and table not in BATCH_PARTS:
        return _read(connection, table)
    changed: sa.ColumnElement[bool] = table.c.batch_id.in_(changes.batches)
    old = pc.is_in(before["batch_id"], pa.array(changes.batches, pa.string()))
    if table is check_result:  # those of no batch are sealed by their run
        changed = changed | (table.c.batch_id.is_(None) & table.c.run_id.in_(changes.runs))
        of_runs = pc.and_(
            pc.is_null(before["batch_id"]), pc.is_in(before["run_id"], pa.array(changes.runs, pa.string()))
        )
        old = pc.or_(old, of_runs)
    fresh = _read(connection, table, changed)
    if not fresh.num_rows and not pc.any(old).as_py():
        return before
    key = [(column.name, "ascending") for column in table.primary_key.columns]
    return pa.concat_tables([before.filter(pc.invert(old)), fresh]).sort_by(key)


def _read(connection: sa.Connection, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> pa.Table:
    """Rows as the driver gives them: making Python objects of each time only to write it costs more than reading."""
    statement = sa.select(table).where(*conditions).order_by(*table.primary_key.columns)
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    rows = connection.exec_driver_sql(str(compiled)).all()
    columns = list(zip(*rows, strict=True)) or [()] * len(table.columns)
    schema = arrow_schema(table)
    return pa.Table.from_arrays(
        [
            _array([_json_text(value) for value in values] if isinstance(column.type, sa.JSON) else values, field.type)
            for values, column, field in zip(columns, table.columns, schema, strict=True)
        ],
        schema=schema,
    )


def _arrow_type(column: sa.Column[Any]) -> pa.DataType:
    for kind, arrow in _ARROW_TYPES:
        if isinstance(column.type, kind):
            return arrow
    raise TypeError(f"no Parquet type for {column.table.name}.{column.name}: {column.type!r}")


def _json_text(value: Any) -> str | None:
    content = json.loads(value) if isinstance(value, str) else value
    return None if content is None else json.dumps(content, ensure_ascii=False, sort_keys=True)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """A column as the driver gives it: SQLite has text for dates and times, and numbers for truth values."""
    first = next((value for value in values if value is not None), None)
    if isinstance(first, str) and pa.types.is_temporal(kind):
        return pa.array(values, pa.string()).cast(kind)
    if type(first) is int and pa.types.is_boolean(kind):
        return pa.array(values, pa.int8()).cast(kind)
    return pa.array(values, kind)
