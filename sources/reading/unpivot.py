"""Wide tables taken apart: one row for each cell of the columns that a contract names.

Belongs here: `unpivot` of a delivery over the scans of any format that has a header. Does not belong here: formats.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fnmatch import fnmatchcase

import duckdb

from sources.contract.settings import Unpivot
from sources.reading.labels import find_label, plain, without_unit
from sources.reading.quoting import literal
from sources.reading.relation import BrokenRow, Irregularities, Reading, Scan, UnreadableDelivery
from sources.reading.scanning import rows
from warehouse.ledger.records import Treatment

_WIDE = "_wide"


def unpivoted(
    connection: duckdb.DuckDBPyConnection, reading: Reading, settings: Unpivot, wanted: Sequence[str]
) -> Reading:
    """`reading` with a row for each cell; `_row` is that of its line. Raises UnreadableDelivery.

    The wide rows are read first, because what is wrong with a line and where it lies is known only then.
    """
    if any(not scan.closed for scan in reading.scans):
        raise UnreadableDelivery(
            "unpivot 只用于有表头的格式（csv、excel、fixed、parquet）；JSON、XML 请用 records_at。请修改合同。",
            "unpivot is for formats with a header (csv, excel, fixed, parquet); JSON and XML have records_at. Change "
            "the contract.",
        )
    tables = _read(connection, reading)
    irregular = Irregularities() if reading.after_scan is None else reading.after_scan(connection, {})
    if irregular.again is not None:
        return unpivoted(connection, irregular.again, settings, wanted)
    _number(connection, reading, tables, irregular.gaps)
    scans: list[Scan] = []
    empty: dict[int, int] = defaultdict(int)
    for table, scan in zip(tables, reading.scans, strict=True):
        taken = _columns(scan, settings, wanted)
        # A scan states one unit for its values: columns in yuan and in 万元 are two of them.
        units = {label: scan.factors.get(label, without_unit(label)[1]) for label, _ in taken}
        for factor in dict.fromkeys(units.values()):
            alike = [one for one in taken if units[one[0]] == factor]
            scans.append(_long(table, scan, alike, settings, factor, gone={cell for _, (cell, _) in taken}))
        if not settings.keep_empty:
            blank = " + ".join(f"count(*) FILTER (WHERE {_blank(cell)})" for _, (cell, _) in taken)
            for source, count in rows(connection, f"SELECT _source, {blank} FROM {table} GROUP BY 1"):
                empty[source] += count
    notes = [
        Treatment("empty_cell", "flagged", "", count, reading.sources[source].place(), *_EMPTY)
        for source, count in sorted(empty.items())
        if count
    ]
    return replace(
        reading,
        scans=tuple(scans),
        first_rows=None,
        after_scan=None,
        exactly=None,
        broken=(*reading.broken, *irregular.broken, *_spoilt(irregular.spoilt)),
        treatments=(*reading.treatments, *notes),
    )


_EMPTY = ("宽表中的空单元格不成行", "empty cells of the wide table give no row")


def _spoilt(spoilt: Mapping[tuple[int, int], BrokenRow]) -> tuple[BrokenRow, ...]:
    return tuple(spoilt.values())


def _read(connection: duckdb.DuckDBPyConnection, reading: Reading) -> list[str]:
    tables = []
    for number, scan in enumerate(reading.scans):
        table = f"{_WIDE}_{number}"
        try:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM ({scan.query})")
        except duckdb.OutOfMemoryException:
            raise  # a fault of this machine, not of the delivery
        except duckdb.Error as error:
            names = "、".join(scan.labels[:3])
            raise UnreadableDelivery(
                f"文件 {names} 无法读取：{error}。请核对格式与内容后重报。",
                f"File {names} cannot be read: {error}. Look at format and content and send it again.",
            ) from error
        tables.append(table)
    return tables


def _number(
    connection: duckdb.DuckDBPyConnection, reading: Reading, tables: Sequence[str], gaps: Mapping[int, tuple[int, ...]]
) -> None:
    """Give each wide row its `_row`: counted up from the first one of its source, past the rows left out."""
    if reading.first_rows is None:
        return
    for table in tables:
        connection.execute(f"ALTER TABLE {table} ADD COLUMN _row BIGINT")
        for source, start in rows(connection, f"SELECT _source, min(rowid) FROM {table} GROUP BY 1"):
            first = reading.first_rows[source]
            row = f"rowid - {start} + {first}"
            inside = [gap for gap in gaps.get(source, ()) if gap >= first]
            # The row that follows a gap, by its number among those that were read -> gaps passed until there.
            passed = {gap - first - before: before + 1 for before, gap in enumerate(inside)}
            connection.execute(f"UPDATE {table} SET _row = {row} WHERE _source = {source}")
            if passed:
                connection.execute(
                    f"UPDATE {table} SET _row = _row + passed.count FROM (SELECT read.id, gap.count FROM "
                    f"(SELECT rowid AS id, rowid - {start} AS place FROM {table} WHERE _source = {source}) AS read "
                    "ASOF JOIN (SELECT unnest($places) AS place, unnest($counts) AS count) AS gap "
                    f"ON read.place >= gap.place) AS passed WHERE {table}.rowid = passed.id",
                    {"places": list(passed), "counts": list(passed.values())},
                )


def _columns(scan: Scan, settings: Unpivot, wanted: Sequence[str]) -> list[tuple[str, tuple[str, str]]]:
    """Label and cell of the columns to take apart: those of the globs that no field takes."""
    made = {plain(settings.name), plain(settings.value)}
    used = {find_label(name, scan.columns) for name in wanted if plain(name) not in made}
    kept = {scan.columns[name][0] for name in used if name is not None}
    taken: dict[str, tuple[str, tuple[str, str]]] = {}
    for label, (cell, kind) in scan.columns.items():
        if cell not in kept and any(fnmatchcase(plain(label), plain(pattern)) for pattern in settings.columns):
            taken.setdefault(cell, (label, (cell, kind)))
    if not taken:
        raise UnreadableDelivery(
            f"文件 {'、'.join(scan.labels[:3])} 没有 unpivot 要拆的列（{'、'.join(settings.columns)}）；文件里的列："
            f"{'、'.join(scan.columns)}。请按合同的列名重报，或修改合同的 unpivot。",
            f"File {', '.join(scan.labels[:3])} has no column for unpivot ({', '.join(settings.columns)}); it has: "
            f"{', '.join(scan.columns)}. Send it with the contract's names, or change unpivot in the contract.",
        )
    return list(taken.values())


def _long(
    table: str,
    scan: Scan,
    taken: Sequence[tuple[str, tuple[str, str]]],
    settings: Unpivot,
    factor: Decimal | None,
    *,
    gone: Collection[str],
) -> Scan:
    """Rows of the cells `taken`, whose unit is `factor` yuan where the sheet states one; `gone` are all cells taken."""
    labels = ", ".join(literal(label) for label, _ in taken)
    kinds = {kind for _, (_, kind) in taken}
    kind = kinds.pop() if len(kinds) == 1 else "VARCHAR"
    cells = ", ".join(f"CAST({cell} AS {kind})" for _, (cell, _) in taken)
    kept = {label: (cell, held) for label, (cell, held) in scan.columns.items() if cell not in gone}
    # Cells may be expressions of the scan: they become columns here.
    names = {cell: f"k{number}" for number, cell in enumerate(dict.fromkeys(cell for cell, _ in kept.values()))}
    carried = "".join(f"{cell} AS {name}, " for cell, name in names.items())
    pairs = (
        f"SELECT {carried}unnest([{labels}]) AS _name, unnest([{cells}]) AS _cell, _source, _row, "
        f"generate_subscripts([{labels}], 1) AS _at FROM {table}"
    )
    full = "" if settings.keep_empty else f" WHERE NOT ({_blank('_cell')})"
    columns = {label: (names[cell], held) for label, (cell, held) in kept.items()}
    columns[settings.name] = ("_name", "VARCHAR")
    columns[settings.value] = ("_cell", kind)
    return replace(
        scan,
        query=f"SELECT * FROM ({pairs}){full} ORDER BY _source, _row, _at",
        columns=columns,
        numbered=True,
        factors={label: stated for label, stated in scan.factors.items() if label in kept}
        | ({settings.value: factor} if factor is not None else {}),
    )


def _blank(cell: str) -> str:
    return f"{cell} IS NULL OR trim(CAST({cell} AS VARCHAR)) = ''"
