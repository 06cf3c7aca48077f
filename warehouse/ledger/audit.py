"""Whether the ledger still says what it said when it was written: its chains and its seals.

Belongs here: comparing hashes with rows, and naming the row. Does not belong here: how hashes are made (`sealing.py`),
the files that the ledger tells of (`warehouse.provenance.verify`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from warehouse.ledger.access import Access, LedgerUnreadable, rows_of
from warehouse.ledger.records import Seal
from warehouse.ledger.schema.checks import check_result
from warehouse.ledger.schema.columns import UtcTimestamp, metadata
from warehouse.ledger.schema.deliveries import batch
from warehouse.ledger.schema.publications import revision, seal, snapshot
from warehouse.ledger.schema.sign_offs import sign_off
from warehouse.ledger.sealing import (
    FIRST,
    UNDECIDED,
    batch_contents,
    check_contents,
    row_hash,
    snapshot_contents,
)

# What damaged text, dates and numbers raise when they are read.
_UNREADABLE = (sa.exc.SQLAlchemyError, LedgerUnreadable, ValueError, TypeError, LookupError)
# How SQLAlchemy writes values of a type to SQLite.
_TIME = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]." + "[0-9]" * 6
_WRITTEN: tuple[tuple[type[sa.types.TypeEngine[Any]], str], ...] = (
    (sa.Boolean, '(typeof("{0}") = \'integer\' AND "{0}" IN (0, 1))'),
    (sa.Date, '"{0}" = date("{0}")'),
    (UtcTimestamp, f"(\"{{0}}\" GLOB '{_TIME}')"),
)


@dataclass(frozen=True, slots=True)
class Damage:
    """A row (or several) that is not what was written. `table` and `row` say where."""

    table: str
    row: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Audit:
    """What was compared. `head` vouches for all of it (None: an empty ledger).

    `readable` False: a row cannot be read at all, nothing else was compared. `adopted` counts parts that were there
    before seals were kept, of which only what happened since is known.
    """

    seals: int
    revisions: int
    adopted: int
    head: str | None
    readable: bool
    damages: tuple[Damage, ...]


class AuditMethods(Access):
    """Ledger methods about its own soundness."""

    def audit(self, *, continues: str | None = None) -> Audit:
        """Compare every sealed row with its hash. `continues`: a head noted earlier, which has to be in the chain."""
        damages: list[Damage] = []
        try:
            with self._reading() as connection:
                damages += [*_unreadable(connection), *_unsound(connection)]
                readable = not damages  # else the next question may fail as well
                damages += _malformed(connection)
                revisions, signatures, rows = (
                    rows_of(connection, sa.select(table).order_by(table.c.seq)) for table in (revision, sign_off, seal)
                )
                seals = [Seal(**row) for row in rows]
                damages += [*_chain(revision, revisions, _figure), *_chain(seal, rows, _subject)]
                damages += [*_ends(revision, "revisions", revisions, seals), *_chain(sign_off, signatures, _figure)]
                damages += [*_ends(sign_off, "sign_offs", signatures, seals), *_contents(connection, seals)]
        except _UNREADABLE as error:
            # Told of already, unless a row can be read by one way (the table) and not by another (an index).
            return Audit(0, 0, 0, None, False, tuple(damages or [_broken("sqlite", "*", error)]))
        head = seals[-1].row_hash if seals else None
        if continues is not None and continues not in {FIRST, *(entry.row_hash for entry in seals)}:
            damages.append(
                Damage(
                    "seal",
                    continues,
                    f"台账的哈希链中没有此前记下的链首 {continues}：台账被换过或被改写",
                    f"the head {continues} noted earlier is not in the ledger's chain: it was replaced or rewritten",
                )
            )
        adopted = sum(entry.cause == "adopted" for entry in seals)
        return Audit(len(seals), len(revisions), adopted, head, readable, tuple(damages))


def _chain(
    table: sa.Table, rows: Sequence[Mapping[str, Any]], name: Callable[[Mapping[str, Any]], str]
) -> Iterator[Damage]:
    """Rows whose hash is not that of their content, and places where the chain is broken."""
    allowed = {FIRST}
    for row in rows:
        where, own = f"seq={row['seq']} {name(row)}", row_hash(table, row)
        if row["row_hash"] != own:
            yield _changed(table.name, where)
        elif row["previous_hash"] not in allowed:
            yield Damage(
                table.name,
                where,
                f"台账 {table.name} 在 {where} 之前断链：此前有行被删除、插入或改写",
                f"the chain of {table.name} is broken before {where}: a row was removed, inserted or rewritten",
            )
        allowed = {own, row["row_hash"]}  # a wrong hash is told of once, not again at the next row


def _ends(table: sa.Table, kind: str, rows: Sequence[Mapping[str, Any]], seals: Sequence[Seal]) -> Iterator[Damage]:
    """The ends of a chained table that were sealed, and nothing after the last."""
    hashes = {str(row["seq"]): row["row_hash"] for row in rows}
    ends = [entry for entry in seals if entry.kind == kind]
    for entry in ends:
        found = hashes.get(entry.subject)
        if found is None:
            yield _missing(table.name, f"seq={entry.subject}")
        elif found != entry.content_sha256:
            yield _changed(table.name, f"seq={entry.subject}")
    last = max((int(entry.subject) for entry in ends if entry.subject.isdecimal()), default=0)
    for row in rows:
        if row["seq"] > last:
            yield _unsealed(table.name, f"seq={row['seq']} {_figure(row)}")


def _contents(connection: sa.Connection, seals: Sequence[Seal]) -> Iterator[Damage]:
    """Batches, checks and snapshots against their last seals."""
    last = {(entry.kind, entry.subject): entry.content_sha256 for entry in seals}
    # A batch that has a seal and reads 'landed' was changed all the same: only a held one may be read again, resealed.
    reopened = [name for kind, name in last if kind == "batch"]
    landed = sa.select(batch.c.batch_id).where(batch.c.status.in_(UNDECIDED))
    undecided = {row["batch_id"] for row in rows_of(connection, landed)}
    found = batch_contents(connection) | batch_contents(connection, sorted(undecided.intersection(reopened)))
    for kind, table, contents in (
        ("batch", batch.name, found),
        ("checks", check_result.name, check_contents(connection)),
        ("snapshot", snapshot.name, snapshot_contents(connection)),
    ):
        sealed = {name: content for (of, name), content in last.items() if of == kind}
        for name in sorted(sealed.keys() | contents.keys()):
            if name not in contents:
                yield _missing(table, name)
            elif name not in sealed:
                yield _unsealed(table, name)
            elif sealed[name] != contents[name]:
                yield _changed(table, name)


def _unreadable(connection: sa.Connection) -> Iterator[Damage]:
    """Rows that the database itself cannot give."""
    for table in metadata.sorted_tables:
        try:
            rows_of(connection, sa.select(table))
        except _UNREADABLE as error:
            if connection.dialect.name == "sqlite":
                yield from _unreadable_rows(connection, table, error)
            else:
                yield _broken(table.name, "*", error)


def _unsound(connection: sa.Connection) -> Iterator[Damage]:
    """What SQLite says of its own pages and indexes."""
    if connection.dialect.name == "sqlite":
        for row in connection.exec_driver_sql("PRAGMA integrity_check(20)").all():
            text = str(row[0])
            if text != "ok":
                yield Damage("sqlite", text, f"台账数据库文件已损坏：{text}", f"the ledger's file is damaged: {text}")


def _malformed(connection: sa.Connection) -> Iterator[Damage]:
    """Values that SQLite, which knows no types, holds and we never wrote, though they may read as what we wrote."""
    if connection.dialect.name != "sqlite":
        return
    for table in metadata.sorted_tables:
        for column in table.columns:
            for kind, condition in _WRITTEN:
                if isinstance(column.type, kind):
                    strange = f"SELECT rowid FROM {table.name} WHERE NOT {condition.format(column.name)}"
                    for (place,) in connection.exec_driver_sql(strange).all():
                        yield _changed(table.name, f"rowid={place} {column.name}")


def _unreadable_rows(connection: sa.Connection, table: sa.Table, whole: Exception) -> Iterator[Damage]:
    """The rows one by one; where not even their places can be listed, the whole table."""
    rowid: sa.ColumnClause[int] = sa.literal_column("rowid")
    found = False
    try:
        for (place,) in connection.exec_driver_sql(f"SELECT rowid FROM {table.name}").all():
            try:
                rows_of(connection, sa.select(table).where(rowid == place))
            except _UNREADABLE as error:
                found = True
                yield _broken(table.name, f"rowid={place}", error)
    except sa.exc.SQLAlchemyError as error:
        whole = error
    if not found:
        yield _broken(table.name, "*", whole)


def _figure(row: Mapping[str, Any]) -> str:
    return f"{row['indicator_code']} {row['period_start']}/{row['period_end']} {row['area_code']}"


def _subject(row: Mapping[str, Any]) -> str:
    return f"{row['kind']} {row['subject']}"


def _changed(table: str, row: str) -> Damage:
    return Damage(
        table, row, f"台账 {table} 的 {row} 被改动，与其哈希不符", f"{row} of {table} was changed: its hash differs"
    )


def _missing(table: str, row: str) -> Damage:
    return Damage(table, row, f"台账 {table} 缺少已封存的 {row}", f"{row} of {table} was sealed and is missing")


def _unsealed(table: str, row: str) -> Damage:
    return Damage(
        table,
        row,
        f"台账 {table} 的 {row} 未经程序写入（没有封存）",
        f"{row} of {table} was not written by us: no seal",
    )


def _broken(table: str, row: str, error: Exception) -> Damage:
    text = str(getattr(error, "orig", None) or error).splitlines()[0]
    return Damage(table, row, f"台账 {table} 的 {row} 无法读取（{text}）", f"{row} of {table} cannot be read ({text})")
