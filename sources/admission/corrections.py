"""Known errors of the provider, mended where the delivered value still is the known wrong one.

Belongs here: the step of the judging statement that puts the right value in, before anything is judged, and what each
correction met in a batch. Does not belong here: the corrections file (`sources/contract/corrections_file.py`), the
ledger. Delivered bytes and the texts kept of rejected rows stay as they came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase

import duckdb

from sources.admission.cells import Cell, as_text
from sources.admission.placing import PLACED, SourceRows
from sources.admission.values import plain_type
from sources.contract.correction import Correction
from sources.contract.feed import Entity, Field
from sources.reading.quoting import literal
from sources.reading.relation import Reading, SourceFile
from sources.reading.scanning import rows
from warehouse.ledger.corrections import BatchCorrection, CorrectionOutcome

MET = "_corrections"
"""Column of the judged table: for each correction whose row this is, `number * len(OUTCOMES) + outcome`."""
ORDINAL = "_ordinal"
"""Column of the scans, where corrections name rows by number: internal number of the row."""

# What a correction met in a row, by the place in this list.
OUTCOMES: Sequence[CorrectionOutcome] = ("applied", "proposed", "returned", "mended", "differs")


@dataclass(frozen=True, slots=True)
class Plan:
    """The corrections that one delivery is compared with, by number.

    `sources` are the indexes of the files that a correction is about (None = all), `rows` the internal numbers of the
    rows of those that name rows, as far as they are known: they are found after a first scan.
    """

    entity: Entity
    corrections: Sequence[Correction]
    day: date
    sources: Sequence[tuple[int, ...] | None]
    rows: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    @property
    def by_row(self) -> Mapping[int, Correction]:
        """Corrections that name rows by number."""
        return {number: one for number, one in enumerate(self.corrections) if one.row is not None}


def plan(entity: Entity, sources: Sequence[SourceFile], received_on: date) -> Plan | None:
    """What a delivery of `entity` received on that district-local day is compared with; None when there is nothing."""
    begun = [one for one in entity.corrections if one.since <= received_on]
    about = [_files(one, sources) for one in begun]
    pairs = [(one, files) for one, files in zip(begun, about, strict=True) if files is None or files]
    if not pairs:
        return None
    return Plan(entity, [one for one, _ in pairs], received_on, [files for _, files in pairs])


def _files(correction: Correction, sources: Sequence[SourceFile]) -> tuple[int, ...] | None:
    if correction.file is None and correction.sheet is None:
        return None
    return tuple(
        index
        for index, source in enumerate(sources)
        if (correction.file is None or fnmatchcase(source.file_name.rsplit("/", 1)[-1], correction.file))
        and (correction.sheet is None or source.sheet == correction.sheet)
    )


def corrected(sql: str, plan: Plan, given: Mapping[int, Field], cells: Mapping[int, Cell]) -> str:
    """`sql` with the right values in place of the known wrong ones, and the column `_corrections`.

    Works on the columns of the judging statement: by the field's number `v` the typed value, `s` the text that a second
    look found. A value that is to be missing must not look unreadable, so that `s` goes with it.
    """
    numbers = {item.name: number for number, item in given.items()}
    values: dict[int, list[str]] = {}
    texts: dict[int, list[str]] = {}
    met: list[str] = []
    for place, one in enumerate(plan.corrections):
        number = numbers.get(one.column)
        if number is None or not set(one.key) <= set(numbers):
            continue  # the delivery lacks the column: there is nothing to mend
        row = _row(plan, place, numbers, given)
        if row is None:
            continue
        wrong = f"({_is_wrong(one, number, given[number], cells[number])})"
        right = f"({_is_right(one, number, given[number])})"
        if _applies(one, plan.day):
            values.setdefault(number, []).append(f"WHEN {row} AND {wrong} THEN {typed(one.right, given[number])}")
            if one.right is None:
                texts.setdefault(number, []).append(f"WHEN {row} AND {wrong} THEN NULL")
        hit = OUTCOMES.index("applied" if _applies(one, plan.day) else "proposed" if _awaits(one) else "returned")
        first = place * len(OUTCOMES)
        met.append(
            f"CASE WHEN {row} THEN CASE WHEN {wrong} THEN {first + hit} WHEN {right} THEN "
            f"{first + OUTCOMES.index('mended')} ELSE {first + OUTCOMES.index('differs')} END END"
        )
    columns = [f"CASE {' '.join(cases)} ELSE v{number} END AS v{number}" for number, cases in values.items()]
    columns += [f"CASE {' '.join(cases)} ELSE s{number} END AS s{number}" for number, cases in texts.items()]
    replaced = f"* REPLACE ({', '.join(columns)})" if columns else "*"
    seen = f"list_filter([{', '.join(met)}], lambda met: met IS NOT NULL)" if met else "CAST([] AS INTEGER[])"
    return f"SELECT {replaced}, {seen} AS {MET} FROM ({sql})"


def _applies(one: Correction, day: date) -> bool:
    """Once in force, it stays so for the deliveries of its term: admitted again they give the same."""
    return one.status != "proposed" and one.covers(day)


def _awaits(one: Correction) -> bool:
    return one.status == "proposed"


def _row(plan: Plan, place: int, numbers: Mapping[str, int], given: Mapping[int, Field]) -> str | None:
    """Condition of the rows meant; None when none can be."""
    one = plan.corrections[place]
    conditions = ["NOT _deleted"]
    for name, text in one.key.items():
        conditions.append(f"v{numbers[name]} = {typed(text, given[numbers[name]])}")
    files = plan.sources[place]
    if files is not None:
        conditions.append(f"_source IN ({', '.join(map(str, files))})")
    if one.row is not None:
        named = plan.rows.get(place)
        if not named:
            return None
        conditions.append(f"{ORDINAL} IN ({', '.join(map(str, named))})")
    return f"coalesce({' AND '.join(conditions)}, false)"


def _is_wrong(one: Correction, number: int, item: Field, cell: Cell) -> str:
    if one.expect_text is None:
        return f"v{number} IS NULL AND s{number} IS NULL"
    # A value that cannot be read, and one that is read as none (a placeholder day), is known by its text.
    by_text = f"v{number} IS NULL AND coalesce(trim({as_text(cell)}) = {literal(one.expect_text.strip())}, false)"
    if one.expect is None:
        return by_text
    return f"v{number} IS NOT DISTINCT FROM {typed(one.expect, item)} OR ({by_text})"


def _is_right(one: Correction, number: int, item: Field) -> str:
    if one.right is None:
        return f"v{number} IS NULL AND s{number} IS NULL"
    return f"v{number} IS NOT DISTINCT FROM {typed(one.right, item)}"


def typed(text: str | None, item: Field) -> str:
    """A value of a correction in the field's type before any protection; None = NULL."""
    return f"CAST({'NULL' if text is None else literal(text)} AS {plain_type(item)})"


def with_ordinals(reading: Reading, scanned: Mapping[int, SourceRows]) -> Reading:
    """The reading whose scans number their rows as the judged table of the first scan did: `_ordinal`."""
    scans = []
    for scan in reading.scans:
        starts = [
            scanned[index].start
            for index, source in enumerate(reading.sources)
            if source.label in scan.labels and index in scanned
        ]
        numbered = f"SELECT *, row_number() OVER () - 1 + {min(starts, default=0)} AS {ORDINAL} FROM ({scan.query})"
        scans.append(replace(scan, query=numbered))
    return replace(reading, scans=tuple(scans))


def find_rows(
    connection: duckdb.DuckDBPyConnection, plan: Plan, sources: Sequence[SourceFile]
) -> dict[int, tuple[int, ...]]:
    """Internal numbers of the rows that corrections name by number, from the placed rows of a first scan."""
    found: dict[int, tuple[int, ...]] = {}
    for place, one in plan.by_row.items():
        files = plan.sources[place]
        positions = sorted({source.position for index, source in enumerate(sources) if files is None or index in files})
        sheet = f" AND _sheet = {literal(one.sheet)}" if one.sheet is not None else ""
        of_files = ", ".join(map(str, positions))
        numbers = rows(
            connection, f"SELECT _rid FROM {PLACED} WHERE _row = {one.row} AND _file IN ({of_files}){sheet} ORDER BY 1"
        )
        if numbers:
            found[place] = tuple(number for (number,) in numbers)
    return found


def met_in(
    connection: duckdb.DuckDBPyConnection, plan: Plan, sources: Sequence[SourceFile]
) -> tuple[BatchCorrection, ...]:
    """What each correction met in the placed rows of the batch, those that met nothing left out."""
    names = {source.position: source.file_name.rsplit("/", 1)[-1] for source in sources}
    counted = rows(
        connection,
        f"SELECT met, count(*), arg_min(_file, _rid), arg_min_null(_sheet, _rid), arg_min(_row, _rid) FROM ("
        f"SELECT unnest({MET}) AS met, _rid, _file, _sheet, _row FROM {PLACED} WHERE _ours) GROUP BY met ORDER BY met",
    )
    return tuple(
        _met(plan.corrections[met // len(OUTCOMES)], OUTCOMES[met % len(OUTCOMES)], count, names[file], sheet, row)
        for met, count, file, sheet, row in counted
    )


def _met(
    one: Correction, outcome: CorrectionOutcome, count: int, file: str, sheet: str | None, row: int | None
) -> BatchCorrection:
    return BatchCorrection(
        correction=one.name,
        outcome=outcome,
        column_name=one.column,
        rows=count,
        file_name=file,
        sheet=sheet,
        row_number=row,
        expected=one.expect_text,
        corrected=one.right,
        status=one.status,
        reason_zh=one.reason_zh,
        reason_en=one.reason_en,
        who=one.who,
        since=one.since,
        until=one.until,
    )
