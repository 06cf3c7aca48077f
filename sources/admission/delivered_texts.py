"""What the files say in single rows, field by field, as text.

Belongs here: finding rows by the place that a person knows, and their texts before anything is read into them. Does
not belong here: judging them (`judgement.py`), changing them (`correcting.py`). The texts hold personal values in
clear; what leaves the platform is masked by whoever writes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from sources.admission.cells import as_text
from sources.admission.columns import ROW, Mapped
from sources.admission.placing import PLACED
from sources.contract.feed import Entity
from sources.reading.quoting import identifier, values
from sources.reading.scanning import rows


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row lies: `file` numbers the batch's files from 0, `sheet` is None where nothing recorded it, `row` is
    the number that a person finds there."""

    file: int
    sheet: str | None
    row: int


def find_rows(connection: duckdb.DuckDBPyConnection, places: Iterable[Place]) -> dict[Place, int]:
    """Internal row number by place, once the rows are placed; a place that no row or several rows have is left out."""
    asked = list(dict.fromkeys(places))
    if not asked:
        return {}
    connection.execute("CREATE OR REPLACE TEMP TABLE _asked (number INTEGER, file INTEGER, sheet VARCHAR, row BIGINT)")
    lines = [[number, place.file, place.sheet, place.row] for number, place in enumerate(asked)]
    connection.execute(f"INSERT INTO _asked VALUES {values(lines)}")
    found = rows(
        connection,
        f"SELECT a.number, min(p._rid) FROM _asked AS a JOIN {PLACED} AS p ON p._file = a.file AND p._row = a.row "
        "AND (a.sheet IS NULL OR a.sheet = p._sheet) GROUP BY a.number HAVING count(*) = 1",
    )
    return {asked[number]: rid for number, rid in found}


def picked_rows(connection: duckdb.DuckDBPyConnection, scans: Sequence[Mapped], rids: Collection[int]) -> list[str]:
    """For each scan a SELECT of its rows among `rids`, with `_rid`: scans keep the order of the files, as the judged
    table does."""
    wanted = ", ".join(map(str, sorted(rids))) or "NULL"
    selects, start = [], 0
    for mapped in scans:
        query = mapped.scan.query
        selects.append(
            f"SELECT * FROM (SELECT *, row_number() OVER () - 1 + {start} AS _rid FROM ({query})) "
            f"WHERE _rid IN ({wanted})"
        )
        if len(scans) > 1:
            start += rows(connection, f"SELECT count(*) FROM ({query})")[0][0]
    return selects


def delivered_texts(
    connection: duckdb.DuckDBPyConnection, entity: Entity, scans: Sequence[Mapped], rids: Collection[int]
) -> dict[int, dict[str, str | None]]:
    """Field -> text of each row of `rids`; None where the file says nothing. Fields that it does not bring are left
    out."""
    found: dict[int, dict[str, str | None]] = {}
    for mapped, query in zip(scans, picked_rows(connection, scans, rids), strict=True):
        names = [name for name in entity.fields if name in mapped.cells or name in mapped.expressions]
        for rid, *texts in rows(connection, _texts(names, mapped, query)):
            found[rid] = dict(zip(names, texts, strict=True))
    return found


def _texts(names: Sequence[str], mapped: Mapped, query: str) -> str:
    numbered = [ROW] if mapped.scan.numbered or mapped.scan.counted else []
    raw = ["_rid", *numbered, *(f"{sql} AS {identifier(column)}" for column, sql in mapped.named.items())]
    shown = ["_rid"]
    for number, name in enumerate(names):
        cell = mapped.cells.get(name)
        if cell is not None:
            raw.append(f"{as_text(cell)} AS _text{number}")
            shown.append(f"_text{number}")
        else:
            shown.append(f"CAST(TRY({mapped.expressions[name]}\n) AS VARCHAR)")
    return f"SELECT {', '.join(shown)} FROM (SELECT {', '.join(raw)} FROM ({query}))"


def shown_text(text: str | None) -> str:
    """A delivered text as a cell of a workbook has it: an empty cell where there is none."""
    return (text or "").strip()


def fields_in_workbook(entity: Entity) -> Mapping[str, bool]:
    """The fields that a correction may change (constants of the contract are not delivered) -> whether the owner may
    see what was delivered: by permission, only what the contract calls public or internal and does not protect."""
    return {
        name: item.protection is None and item.classification in (None, "", "public", "internal")
        for name, item in entity.fields.items()
        if item.constant is None
    }
