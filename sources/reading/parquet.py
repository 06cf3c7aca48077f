"""Parquet: native types are kept; admission casts only what the contract types otherwise.

Belongs here: opening Parquet and its columns, nested ones by dotted path. Does not belong here: types of the contract.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from sources.reading.json_paths import below_top, top_level
from sources.reading.quoting import identifier, literal, literals
from sources.reading.relation import Reading, Scan, SourceFile, UnreadableDelivery
from sources.reading.scanning import rows, source_index


def open_parquet(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[SourceFile], wanted: Sequence[str]
) -> Reading:
    """Open Parquet files; files with other columns or types get a scan of their own. Raises UnreadableDelivery."""
    groups: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for index, source in enumerate(sources):
        groups.setdefault(_columns(connection, source), []).append(index)
    return Reading(
        sources=tuple(sources),
        scans=tuple(_scan(sources, members, dict(columns), wanted) for columns, members in groups.items()),
    )


def _columns(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> tuple[tuple[str, str], ...]:
    try:
        found = rows(connection, f"DESCRIBE SELECT * FROM read_parquet({literal(str(source.path))})")
    except duckdb.Error as error:
        raise UnreadableDelivery(
            f"文件 {source.label} 不是完整的 Parquet 文件：可能被截断或损坏。请重新导出并整份报送。",
            f"File {source.label} is not a whole Parquet file: it may be cut short or damaged. Export it again and "
            "send it whole.",
        ) from error
    return tuple((name, kind) for name, kind, *_ in found)


def _scan(
    sources: Sequence[SourceFile], members: Sequence[int], columns: dict[str, str], wanted: Sequence[str]
) -> Scan:
    files = literals(str(sources[index].path) for index in members)
    numbers = {name: number for number, name in enumerate(columns)}
    named = {name: _as_value(f"c{number}", columns[name]) for name, number in numbers.items()}
    for path in wanted:
        below = below_top(path)
        if path not in named and below and top_level(path) in columns:
            whole = f"to_json(c{numbers[top_level(path)]})"
            named[path] = (f"json_extract_string({whole}, {literal(below)})", "VARCHAR")
    # Own names, because a file may have columns that are called like ours.
    selected = "".join(f"{identifier(name)} AS c{number}, " for name, number in numbers.items())
    return Scan(
        query=(
            f"SELECT {selected}{source_index(members)} AS _source, file_row_number + 1 AS _row FROM "
            f"read_parquet([{files}])"
        ),
        columns=named,
        labels=tuple(sources[index].label for index in members),
        numbered=True,
    )


def _as_value(column: str, kind: str) -> tuple[str, str]:
    """Nested values and bytes come as text; the rest as it is."""
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION")):
        return f"to_json({column})::VARCHAR", "VARCHAR"
    if kind == "BLOB":
        return f"try(decode({column}))", "VARCHAR"
    return column, kind
