"""Rejected rows: where they lie, why, and what they said, personal values masked.

Belongs here: the table of rejects, its Parquet file, counts by reason and by day. Does not belong here: judging.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from sources.admission.duplicates import HARMLESS, LATE, LATE_REASONS
from sources.admission.findings import Reason
from sources.admission.judgement import MASK
from sources.admission.placing import PLACED, place_of
from sources.admission.protected_rows import day_of_row
from sources.contract.feed import Entity
from sources.reading.quoting import identifier, literal, literals, values
from sources.reading.relation import BROKEN_ROW_REASONS, UNSPLIT_CODES, BrokenRow, SourceFile
from sources.reading.scanning import rows
from warehouse.ledger.records import BatchEnvelope, RejectReason, Treatment

_REJECT = "_reject"


@dataclass(frozen=True, slots=True)
class Rejects:
    """Rejected rows: all, those that speak against the delivery, by first reason, by day where one is readable."""

    count: int
    at_fault: int
    reasons: tuple[RejectReason, ...]
    days: Mapping[date, int]
    missing_fields: Mapping[str, int]
    """Required field -> rows that lack it."""
    unsplit: int = 0
    """Rows that cannot be split into columns."""
    first_unsplit: int | None = None
    """The first of them, as a person counts rows."""
    treatments: tuple[Treatment, ...] = ()
    """Repeats that were collapsed: they are rejected rows, and nothing is wrong with what stands."""


def collect_rejects(
    connection: duckdb.DuckDBPyConnection,
    entity: Entity,
    envelope: BatchEnvelope,
    zone: str,
    catalogue: Sequence[Reason],
    broken: Sequence[BrokenRow],
    sources: Sequence[SourceFile],
) -> Rejects:
    """Make the table of rejects, one line a row and reason; a row's first reason has `place` 1."""
    any_judged = rows(connection, f"SELECT 1 FROM {PLACED} WHERE _ours AND _reasons IS NOT NULL LIMIT 1")
    if not any_judged and not broken and not rows(connection, f"SELECT 1 FROM {LATE} LIMIT 1"):
        return Rejects(0, 0, (), {}, {})
    _create(connection)
    _load_catalogue(connection, catalogue)
    day = day_of_row(entity, envelope, zone, "p")
    place = "p._file, p._sheet, p._row"
    connection.execute(
        f"INSERT INTO {_REJECT} BY POSITION SELECT {place}, r.code, r.zh, r.en, r.field, "
        "json_extract_string(p._values, '$.\"' || r.field || '\"'), p._values, n.place, p.dt "
        f"FROM (SELECT *, {day} AS dt FROM {PLACED} AS p WHERE _ours AND _reasons IS NOT NULL "
        f"AND _rid NOT IN (SELECT rid FROM {LATE})) AS p, "
        "(SELECT unnest(p._reasons) AS number, generate_subscripts(p._reasons, 1) AS place) AS n "
        "JOIN _reason AS r ON r.number = n.number"
    )
    connection.execute(
        f"INSERT INTO {_REJECT} BY POSITION SELECT {place}, r.code, r.zh, r.en, NULL, NULL, "
        f"coalesce(p._values, {_shown(entity)}), 1, {day} "
        f"FROM {LATE} AS l JOIN {PLACED} AS p ON p._rid = l.rid JOIN _reason AS r ON r.code = l.code"
    )
    if broken:
        lines = [
            (sources[row.source].position, sources[row.source].sheet, row.row, row.code, *BROKEN_ROW_REASONS[row.code],
            None,  row.value, None, 1, None)
            for row in broken
        ]  # fmt: skip
        connection.execute(f"INSERT INTO {_REJECT} VALUES {values(lines)}")
    return _counted(connection, sources)


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        f"CREATE TABLE {_REJECT} (_file SMALLINT, _sheet VARCHAR, _row BIGINT, reason_code VARCHAR, reason_zh VARCHAR, "
        "reason_en VARCHAR, field VARCHAR, value VARCHAR, values_json VARCHAR, place BIGINT, dt DATE)"
    )


def _load_catalogue(connection: duckdb.DuckDBPyConnection, catalogue: Sequence[Reason]) -> None:
    connection.execute("CREATE TABLE _reason (number SMALLINT, code VARCHAR, field VARCHAR, zh VARCHAR, en VARCHAR)")
    known = [(number, reason.code, reason.field, reason.zh, reason.en) for number, reason in enumerate(catalogue)]
    late = [(None, code, None, zh, en) for code, (zh, en) in {**LATE_REASONS, **BROKEN_ROW_REASONS}.items()]
    connection.execute(f"INSERT INTO _reason VALUES {values([*known, *late])}")


def _shown(entity: Entity) -> str:
    """JSON of the typed values, for rows that were read without fault."""
    pairs = []
    for name, item in entity.fields.items():
        column = f"p.{identifier(name)}"
        shown = column if item.protection is None else f"CASE WHEN {column} IS NOT NULL THEN {literal(MASK)} END"
        pairs.append(f"{literal(name)}, CAST({shown} AS VARCHAR)")
    return f"CAST(json_object({', '.join(pairs)}) AS VARCHAR)"


def _counted(connection: duckdb.DuckDBPyConnection, sources: Sequence[SourceFile]) -> Rejects:
    found: dict[str, list[RejectReason]] = {}
    for row in rows(
        connection,
        f"SELECT reason_code, reason_zh, reason_en, count(*) FROM {_REJECT} WHERE place = 1 GROUP BY ALL "
        "ORDER BY count(*) DESC, reason_code, reason_zh",
    ):
        found.setdefault(row[0], []).append(RejectReason(*row))
    reasons = tuple(sorted(map(_as_one, found.values()), key=lambda reason: (-reason.rows, reason.reason_code)))
    days = rows(
        connection, f"SELECT dt, count(*) FROM {_REJECT} WHERE place = 1 AND dt IS NOT NULL GROUP BY ALL ORDER BY ALL"
    )
    missing = rows(
        connection, f"SELECT field, count(*) FROM {_REJECT} WHERE reason_code = 'missing_value' GROUP BY ALL"
    )
    unsplit, first = rows(
        connection, f"SELECT count(*), min(_row) FROM {_REJECT} WHERE reason_code IN ({literals(UNSPLIT_CODES)})"
    )[0]
    return Rejects(
        count=sum(reason.rows for reason in reasons),
        at_fault=sum(reason.rows for reason in reasons if reason.reason_code not in HARMLESS),
        reasons=reasons,
        days=dict(days),
        missing_fields=dict(missing),
        unsplit=unsplit,
        first_unsplit=first,
        treatments=_collapsed(connection, sources),
    )


def _collapsed(connection: duckdb.DuckDBPyConnection, sources: Sequence[SourceFile]) -> tuple[Treatment, ...]:
    found = rows(
        connection,
        f"SELECT reason_code, count(*), arg_min({{'file': _file, 'sheet': _sheet, 'row': _row}}, (_file, _row)) "
        f"FROM {_REJECT} WHERE reason_code IN ({literals(sorted(HARMLESS))}) GROUP BY ALL ORDER BY ALL",
    )
    return tuple(
        Treatment(code, "repaired", "", count, place_of(sources, place), *LATE_REASONS[code])
        for code, count, place in found
    )


def _as_one(same: Sequence[RejectReason]) -> RejectReason:
    """One reason a code, as the ledger keeps it: what is wrong with several fields, each with its rows."""
    if len(same) == 1:
        return same[0]
    zh = "；".join(f"{reason.reason_zh}（{reason.rows} 行）" for reason in same)
    en = "; ".join(f"{reason.reason_en} ({reason.rows} rows)" for reason in same)
    return RejectReason(same[0].reason_code, zh, en, sum(reason.rows for reason in same))


def write_rejects(connection: duckdb.DuckDBPyConnection, target: Path) -> None:
    """Write the rejects, ordered by place, to `target`."""
    connection.execute(
        f"COPY (SELECT * EXCLUDE (place, dt) FROM {_REJECT} ORDER BY _file, _sheet, _row, place) "
        f"TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd)"
    )
    target.chmod(0o600)
