"""Where each judged row lies in the delivered files.

Belongs here: from the order of the scanned rows to file, sheet and row number, past the rows that the scan skipped.
Does not belong here: reading, judging.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from sources.reading.quoting import literal, values
from sources.reading.relation import Reading, SourceFile
from sources.reading.scanning import rows

JUDGED = "_judged"
PLACED = "_placed"


@dataclass(frozen=True, slots=True)
class SourceRows:
    """The scanned rows of one source: internal number of the first, and how many."""

    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What the judged table holds: scanned rows by source; whether rows are empty, inexact, or await a forgiving look
    or one that reads Chinese numerals."""

    rows: Mapping[int, SourceRows]
    any_empty: bool
    inexact: bool
    unread: bool
    numerals: bool


def place_of(sources: Sequence[SourceFile], place: Mapping[str, Any]) -> str:
    """A row's place (`file`, `sheet`, `row`) as treatments name it."""
    source = next(known for known in sources if known.position == place["file"])
    return replace(source, sheet=place["sheet"]).place(place["row"])


def look_over(connection: duckdb.DuckDBPyConnection) -> Overview:
    """Look over the judged table. It keeps the order of the files, so that a source's rows are consecutive."""
    found = rows(
        connection,
        "SELECT _source, min(rowid), count(*), bool_or(_empty), bool_or(_inexact), bool_or(_unread), "
        f"bool_or(_numerals) FROM {JUDGED} GROUP BY ALL",
    )
    return Overview(
        rows={source: SourceRows(start, count) for source, start, count, *_ in found},
        any_empty=any(empty for *_, empty, _inexact, _unread, _numerals in found),
        inexact=any(inexact for *_, inexact, _unread, _numerals in found),
        unread=any(unread for *_, unread, _numerals in found),
        numerals=any(numerals for *_, numerals in found),
    )


def empty_rows(connection: duckdb.DuckDBPyConnection, seen: Overview) -> Mapping[int, tuple[int, ...]]:
    """Ordinals, by source, of rows without any value: where the format leaves broken rows empty they are suspect."""
    if not seen.any_empty:
        return {}
    empty: dict[int, list[int]] = {}
    for source, rid in rows(connection, f"SELECT _source, rowid FROM {JUDGED} WHERE _empty ORDER BY rowid"):
        empty.setdefault(source, []).append(rid - seen.rows[source].start)
    return {source: tuple(ordinals) for source, ordinals in empty.items()}


def place_rows(
    connection: duckdb.DuckDBPyConnection,
    reading: Reading,
    scanned: Mapping[int, SourceRows],
    gaps: Mapping[int, tuple[int, ...]],
) -> bool:
    """Make the view `_placed`: the judged rows with `_rid` (internal), `_file`, `_sheet`, `_row`.

    True when the view may give rows in another order than the files have them.
    """
    if len(reading.sources) == 1 and not gaps:
        source = reading.sources[0]
        row = "_row" if reading.first_rows is None else f"rowid + {reading.first_rows[0]}"
        sheet = literal(source.sheet) if source.sheet is not None else "NULL"
        connection.execute(
            f"CREATE VIEW {PLACED} AS SELECT * {'EXCLUDE (_row)' if reading.first_rows is None else ''}, rowid AS "
            "_rid, "
            f"{source.position}::SMALLINT AS _file, CAST({sheet} AS VARCHAR) AS _sheet, CAST({row} AS BIGINT) AS _row "
            f"FROM {JUDGED}"
        )
        return False
    connection.execute(
        "CREATE TABLE _place (source INTEGER, file SMALLINT, sheet VARCHAR, start BIGINT, first_row BIGINT)"
    )
    connection.execute(f"INSERT INTO _place VALUES {values(_places(reading, scanned))}")
    connection.execute("CREATE TABLE _gap (source INTEGER, threshold BIGINT, shift BIGINT)")
    shifts = [shift for source, numbers in gaps.items() for shift in _shifts(reading, source, numbers)]
    if shifts:
        connection.execute(f"INSERT INTO _gap VALUES {values(shifts)}")
    if reading.first_rows is None:
        row, excluded, past_gaps = "j._row", "EXCLUDE (_row)", ""
    else:
        row, excluded = "j.rowid - p.start + p.first_row", ""
        past_gaps = (
            "ASOF LEFT JOIN _gap AS g ON g.source = j._source AND j.rowid - p.start >= g.threshold" if shifts else ""
        )
        row += " + coalesce(g.shift, 0)" if shifts else ""
    connection.execute(
        f"CREATE VIEW {PLACED} AS SELECT j.* {excluded}, j.rowid AS _rid, p.file AS _file, p.sheet AS _sheet, "
        f"CAST({row} AS BIGINT) AS _row FROM {JUDGED} AS j JOIN _place AS p ON p.source = j._source {past_gaps}"
    )
    return True


def forget_places(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove what `place_rows` made, so that the rows can be judged and placed again."""
    connection.execute(f"DROP VIEW {PLACED}")
    for table in ("_place", "_gap"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")


def _places(reading: Reading, scanned: Mapping[int, SourceRows]) -> list[list[str | int | None]]:
    starts: dict[int, int] = {}
    places: list[list[str | int | None]] = []
    for index, source in enumerate(reading.sources):
        start = scanned[index].start if index in scanned else 0
        if reading.running and index in scanned:
            start = starts.setdefault(source.position, start)
        first = reading.first_rows[index] if reading.first_rows is not None else 0
        places.append([index, source.position, source.sheet, start, first])
    return places


def _shifts(reading: Reading, source: int, gaps: tuple[int, ...]) -> list[list[int]]:
    """How far rows are pushed on, by the number of scanned rows before each gap."""
    first = reading.first_rows[source] if reading.first_rows is not None else 0
    inside = [gap for gap in gaps if gap >= first]
    by_threshold = {gap - first - before: before + 1 for before, gap in enumerate(inside)}
    return [[source, threshold, shift] for threshold, shift in by_threshold.items()]
