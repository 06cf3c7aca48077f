"""Hashes over the rows of the ledger, so that a row changed behind its back is found.

Belongs here: the canonical text of a row, the two chains, sealing what was written. Does not belong here: comparing
(`audit.py`), the hashes of files (`warehouse.fingerprint`).

- A row's canonical text is JSON in UTF-8, keys sorted, no blanks: `{"row":{column: value, ...},"table":name}`. Columns
  that are NULL are left out, so that a column added later leaves older hashes valid. Times are UTC as
  `YYYY-MM-DDTHH:MM:SS.ffffff`, dates `YYYY-MM-DD`, numbers the shortest decimal that reads back as the same double.
- Each row of `revision`, and of `sign_off`, has `previous_hash` (the `row_hash` of the row before; 64 zeros for the
  first) and `row_hash`, the SHA-256 of its canonical text without `row_hash` itself.
- Other rows change (a batch is superseded, a snapshot withdrawn). Each time, a row of `seal`, chained in the same way,
  records what they say from now on: `content_sha256` is the SHA-256 of the canonical texts of the rows, one a line.
  A batch is sealed with its files, partitions, reject reasons, corrections, checks and treatments once it is decided;
  the checks of published tables by their run; a snapshot as its row; the revisions and the signatures by the hash of
  the last one.

The hash of the last seal (the head) vouches for all rows. Who can write the database can also compute all hashes anew:
against that, keep a head elsewhere (`district verify` prints it and `--continues HEAD` asks whether it is still in the
chain).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from warehouse.clock import now
from warehouse.ledger.access import insert, rows_of
from warehouse.ledger.append_only import append_only_lifted
from warehouse.ledger.schema.checks import check_result
from warehouse.ledger.schema.corrections import batch_correction
from warehouse.ledger.schema.deliveries import batch, batch_file, batch_partition, reject_reason
from warehouse.ledger.schema.publications import revision, seal, snapshot
from warehouse.ledger.schema.sign_offs import sign_off
from warehouse.ledger.schema.treatments import batch_treatment

FIRST = "0" * 64
# A landed batch is not sealed before it is decided: until then a run makes it anew from its bytes.
UNDECIDED = ("landed", "parsed")
# What makes up a sealed batch, besides its own row, each in the order of its key.
BATCH_PARTS = (batch_file, batch_partition, reject_reason, batch_correction, check_result, batch_treatment)


def canonical(table: sa.Table, row: Mapping[str, Any], *without: str) -> str:
    """The canonical text of a row; columns that are not the table's are ignored."""
    values = {
        column.name: value
        for column in table.columns
        if column.name not in without and (value := _plain(column, row.get(column.name))) is not None
    }
    return json.dumps({"table": table.name, "row": values}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def row_hash(table: sa.Table, row: Mapping[str, Any]) -> str:
    """The hash of a chained row, over all its columns but `row_hash`."""
    return _sha256(canonical(table, row, "row_hash"))


def content_hash(texts: Iterable[str]) -> str:
    """The hash of canonical texts, one a line."""
    return _sha256("".join(text + "\n" for text in texts))


def chained(table: sa.Table, rows: Iterable[Mapping[str, Any]], seq: int, previous: str) -> list[dict[str, Any]]:
    """Rows with their numbers and hashes, following the row numbered `seq` with the hash `previous`."""
    linked: list[dict[str, Any]] = []
    for row in rows:
        seq += 1
        numbered = dict(row) | {"seq": seq, "previous_hash": previous}
        previous = row_hash(table, numbered)
        linked.append(numbered | {"row_hash": previous})
    return linked


def append(connection: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Append rows to a chained table within the writer's transaction: nobody else appends meanwhile."""
    last = connection.execute(sa.select(table.c.seq, table.c.row_hash).order_by(table.c.seq.desc()).limit(1)).first()
    linked = chained(table, rows, *((last.seq, last.row_hash or FIRST) if last else (0, FIRST)))
    insert(connection, table, linked)
    return linked


def append_revisions(connection: sa.Connection, rows: Iterable[Mapping[str, Any]], cause: str = "revised") -> None:
    """Append to the revision ledger and seal its end."""
    linked = append(connection, revision, rows)
    if linked:
        _seal(connection, [("revisions", str(linked[-1]["seq"]), linked[-1]["row_hash"])], cause)


def append_sign_offs(connection: sa.Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Append signatures and voids, and seal their end."""
    linked = append(connection, sign_off, rows)
    if linked:
        _seal(connection, [("sign_offs", str(linked[-1]["seq"]), linked[-1]["row_hash"])], "signed")


def seal_batches(connection: sa.Connection, batch_ids: Sequence[str], cause: str) -> None:
    """Seal what the ledger now says of the batches."""
    if batch_ids:
        contents = batch_contents(connection, batch_ids)
        _seal(connection, [("batch", name, contents[name]) for name in batch_ids], cause)


def seal_checks(connection: sa.Connection, run_ids: Iterable[str], cause: str = "checked") -> None:
    """Seal the runs' check results that belong to no batch."""
    for run_id in run_ids:
        _seal(connection, [("checks", run_id, check_contents(connection, run_id)[run_id])], cause)


def seal_snapshot(connection: sa.Connection, snapshot_id: str, cause: str) -> None:
    """Seal the row of a snapshot."""
    _seal(connection, [("snapshot", snapshot_id, snapshot_contents(connection)[snapshot_id])], cause)


def sealed_batches(connection: sa.Connection, batch_ids: Iterable[str]) -> list[str]:
    """Those of the batches that have a seal."""
    wanted = sa.select(seal.c.subject).where(seal.c.kind == "batch", seal.c.subject.in_(list(batch_ids))).distinct()
    return sorted(connection.execute(wanted).scalars())


def batch_contents(connection: sa.Connection, batch_ids: Sequence[str] | None = None) -> dict[str, str]:
    """The content hash of each batch named, or of all decided ones, by id."""
    chosen = batch.c.status.not_in(UNDECIDED) if batch_ids is None else batch.c.batch_id.in_(batch_ids)
    texts: dict[str, list[str]] = {}
    for row in rows_of(connection, sa.select(batch).where(chosen)):
        texts[row["batch_id"]] = [canonical(batch, row)]
    for table in BATCH_PARTS:
        named = sa.true() if batch_ids is None else table.c.batch_id.in_(batch_ids)
        for row in rows_of(connection, sa.select(table).where(named).order_by(*table.primary_key.columns)):
            if row["batch_id"] in texts:
                texts[row["batch_id"]].append(canonical(table, row))
    return {name: content_hash(lines) for name, lines in texts.items()}


def check_contents(connection: sa.Connection, run_id: str | None = None) -> dict[str, str]:
    """The content hash of the check results of a run, or of each, that belong to no batch, by run."""
    named = sa.true() if run_id is None else check_result.c.run_id == run_id
    statement = sa.select(check_result).where(named, check_result.c.batch_id.is_(None))
    texts: dict[str, list[str]] = {} if run_id is None else {run_id: []}
    for row in rows_of(connection, statement.order_by(check_result.c.check_result_id)):
        texts.setdefault(row["run_id"], []).append(canonical(check_result, row))
    return {name: content_hash(lines) for name, lines in texts.items()}


def snapshot_contents(connection: sa.Connection) -> dict[str, str]:
    """The content hash of each snapshot's row, by id."""
    rows = rows_of(connection, sa.select(snapshot))
    return {row["snapshot_id"]: content_hash([canonical(snapshot, row)]) for row in rows}


def adopt(connection: sa.Connection, *, chain: bool) -> None:
    """Complete a ledger from before there were seals: seal all it holds, with `chain` link its revisions first."""
    if chain:
        rows = rows_of(connection, sa.select(revision).order_by(revision.c.seq))
        linked: list[dict[str, Any]] = []
        previous = FIRST
        for row in rows:  # numbers stay as they are: publications refer to them
            linked.extend(chained(revision, [row], row["seq"] - 1, previous))
            previous = linked[-1]["row_hash"]
        if linked:
            statement = (
                sa.update(revision)
                .where(revision.c.seq == sa.bindparam("number"))
                .values(previous_hash=sa.bindparam("before"), row_hash=sa.bindparam("own"))
            )
            with append_only_lifted(connection, revision):
                connection.execute(
                    statement,
                    [{"number": row["seq"], "before": row["previous_hash"], "own": row["row_hash"]} for row in linked],
                )
    ends = [
        (kind, connection.execute(sa.select(table).order_by(table.c.seq.desc()).limit(1)).first())
        for kind, table in (("revisions", revision), ("sign_offs", sign_off))
    ]
    entries = [("batch", *entry) for entry in sorted(batch_contents(connection).items())]
    entries += [("checks", *entry) for entry in sorted(check_contents(connection).items())]
    entries += [("snapshot", *entry) for entry in sorted(snapshot_contents(connection).items())]
    entries += [(kind, str(last.seq), last.row_hash) for kind, last in ends if last is not None]
    _seal(connection, entries, "adopted")


def _seal(connection: sa.Connection, entries: Sequence[tuple[str, str, str]], cause: str) -> None:
    at = now()
    append(
        connection,
        seal,
        [
            {"kind": kind, "subject": subject, "cause": cause, "content_sha256": content, "sealed_at": at}
            for kind, subject, content in entries
        ],
    )


def _plain(column: sa.Column[Any], value: Any) -> Any:
    """A value as JSON has it, the same before it is stored and after."""
    if value is None:
        return None
    if isinstance(column.type, sa.Double):
        number = float(value) + 0.0  # SQLite keeps no negative zero
        return None if number != number else number  # nor NaN
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo is not None else value
        return moment.replace(tzinfo=None).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(column.type, sa.Date) else value


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
