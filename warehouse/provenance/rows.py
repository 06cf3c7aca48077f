"""The delivered rows that a published figure was counted from, as far as they may be shown.

Belongs here: reading them from the raw layer, read-only, and masking what the contract does not let be shown. Does not
belong here: recomputing the figure (`trace.py`), failing rows (`failed_row` of the snapshot).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import duckdb

from warehouse.district import district
from warehouse.ledger import Ledger
from warehouse.provenance.trace import named_figure, origin, proven
from warehouse.publish.failed_rows import MASK, shown_fields
from warehouse.read import SnapshotReader
from warehouse.read.indicator import definition


@dataclass(frozen=True, slots=True)
class CountedRow:
    """One row of a delivery and what it gives to the figure (None in a batch of several files).

    `values`: (label zh, label en, value; None = empty).

    `row_number` is where a person finds it in the file (the sheet's row, the line); None: the row was rejected, or is
    not kept. Times are the district's. Values that the contract does not call public or internal, or protects, read
    `***`.
    """

    file_name: str
    row_number: int | None
    numerator: float | None
    denominator: float | None
    values: tuple[tuple[str, str, str | bool | None], ...]


@dataclass(frozen=True, slots=True)
class CountedRows:
    """Rows of one batch from the `first` on (0 = the first); `total` are all that the figure was counted from."""

    batch_id: str
    first: int
    total: int
    rows: tuple[CountedRow, ...]


def counted_rows(
    reader: SnapshotReader,
    code: str,
    batch_id: str,
    *,
    period_type: str,
    period_start: date,
    period_end: date,
    area: str | None = None,
    first: int = 0,
    limit: int = 50,
) -> CountedRows:
    """The rows of a batch that a figure of the reader's snapshot was counted from, by the definition's own proof.

    From the first one where `first` lies behind the last. Raises UnknownIndicator and UnknownPeriod. No proof, or a
    batch of which no row counts: nothing.
    """
    what = definition(reader, code)
    figure = named_figure(reader, what, period_type, period_start, period_end, area)
    reader = origin(reader, figure)
    what = definition(reader, code)
    batches = reader.rows("SELECT feed, entity, file_name, files FROM batch WHERE batch_id = ?", [batch_id])
    if not what.proof or not batches:
        return CountedRows(batch_id, first, 0, ())
    batch = batches[0]
    fields = reader.rows("SELECT fields FROM feed WHERE feed = ? AND entity = ?", [batch["feed"], batch["entity"]])
    described: list[dict[str, Any]] = json.loads(fields[0]["fields"] or "[]") if fields else []
    with proven(reader, what.proof, figure) as connection:
        # A proof may give a row twice, as numerator and as denominator: it is one row. In a batch of several files a
        # number names a row of each, and what each of them gives is not told apart.
        several = (batch["files"] or 1) > 1
        numbers = "NULL, NULL" if several else "sum(numerator), sum(denominator)"
        connection.execute(
            f"""
            CREATE TABLE counted AS
            SELECT * FROM (SELECT _row, {numbers} FROM proven WHERE _batch_id = ?
                           GROUP BY _row, CASE WHEN _row IS NULL THEN random() END) AS t(_row, numerator, denominator)
            """,
            [batch_id],
        )
        total = connection.execute("SELECT count(*) FROM counted").fetchall()[0][0]
        first = first if first < total else 0
        found = _joined(connection, f'"raw_{batch["feed"]}"."{batch["entity"]}"', batch_id, first, limit)
    names = _file_names(reader, batch_id) if several else []
    shown = shown_fields(described)
    return CountedRows(
        batch_id,
        first,
        total,
        tuple(_row(row, described, shown, names, batch["file_name"]) for row in found),
    )


def _joined(
    connection: duckdb.DuckDBPyConnection, relation: str, batch_id: str, first: int, limit: int
) -> list[dict[str, Any]]:
    """Rows of the batch beside what they count; a row that is not kept has its number alone."""
    feed_and_entity = relation.replace('"', "").removeprefix("raw_").split(".")
    known = connection.execute(
        "SELECT 1 FROM duckdb_views() WHERE schema_name = ? AND view_name = ?",
        [f"raw_{feed_and_entity[0]}", feed_and_entity[1]],
    ).fetchall()
    raw = f"(SELECT * FROM {relation} WHERE _batch_id = $batch)" if known else "(SELECT NULL::BIGINT AS _row LIMIT 0)"
    cursor = connection.execute(
        f"""
        WITH page AS (SELECT * FROM counted ORDER BY _row NULLS LAST LIMIT {int(limit)} OFFSET {int(first)})
        SELECT page._row AS counted_row, page.numerator AS counted_numerator, page.denominator AS counted_denominator,
               raw.*
        FROM page LEFT JOIN {raw} AS raw ON raw._row = page._row ORDER BY page._row NULLS LAST
        """,
        {"batch": batch_id} if known else {},
    )
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _row(
    row: dict[str, Any],
    described: list[dict[str, Any]],
    shown: frozenset[str],
    names: list[str],
    file_name: str,
) -> CountedRow:
    position = row.get("_file")
    kept = row.get("_batch_id") is not None
    return CountedRow(
        file_name=names[position] if position is not None and position < len(names) else file_name,
        row_number=row["counted_row"],
        numerator=row["counted_numerator"],
        denominator=row["counted_denominator"],
        values=tuple(
            (
                field.get("label_zh") or field["name"],
                field.get("label_en") or field["name"],
                _value(row.get(field["name"]), masked=field["name"] not in shown),
            )
            for field in described
            if kept
        ),
    )


def _value(value: Any, *, masked: bool) -> str | bool | None:
    if masked and value is not None:
        return MASK
    if isinstance(value, datetime):  # UTC in the raw layer; a reader compares with the clock of the delivery
        return f"{value.replace(tzinfo=UTC).astimezone(district().time_zone):%Y-%m-%d %H:%M:%S}"
    return value if value is None or isinstance(value, bool) else str(value)


def _file_names(reader: SnapshotReader, batch_id: str) -> list[str]:
    with Ledger.of(reader.home) as ledger:
        return [file.file_name for file in ledger.files(batch_id)]
