"""An owner's correction applied to the rows of the delivery that it corrects, before anything else judges them.

Belongs here: which cells a workbook changes, and judging the changed rows anew among the others. Does not belong here:
the workbook's form (`sources/correction/workbook.py`), what is wrong with a row (`findings.py`).

A row keeps its place: it is still row 17 of the delivered file, with other texts in some of its cells. What the
owner does not see, because it is protected, stays as delivered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import duckdb

from sources.admission.cells import Cell, as_text, is_text
from sources.admission.columns import Mapped
from sources.admission.delivered_texts import (
    Place,
    delivered_texts,
    fields_in_workbook,
    find_rows,
    picked_rows,
    shown_text,
)
from sources.admission.findings import reasons_of
from sources.admission.judgement import MASK, Judging, judged_table
from sources.admission.placing import JUDGED
from sources.contract.feed import Entity
from sources.reading.quoting import identifier, literal
from sources.reading.relation import UnreadableDelivery
from sources.reading.scanning import rows

_CORRECTION = "_correction"
_CORRECTED = "_corrected"
# Problems told in the reason of a held correction; the check at the desk lists all of them.
_PROBLEMS_TOLD = 3


@dataclass(frozen=True, slots=True)
class CorrectedLine:
    """One line of a workbook: which row it is about, what its cells say now. `line` is its number in the workbook,
    `made_for` the batch whose rows the workbook shows."""

    line: int
    place: Place
    texts: Mapping[str, str]
    """Field -> text of the cell, '' where it is empty."""
    removed: bool = False
    note: str = ""
    made_for: str = ""


@dataclass(frozen=True, slots=True)
class DeliveredRow:
    """What a row says, field -> text (personal values in clear), and the fields for which it is rejected."""

    texts: Mapping[str, str | None]
    at_fault: frozenset[str]


@dataclass(frozen=True, slots=True)
class CorrectionProblem:
    """What is wrong with a line of the workbook itself, or with one of its cells."""

    line: int | None
    field: str | None
    zh: str
    en: str


@dataclass(slots=True)
class CorrectionOutcome:
    """What a correction does: places of the rows that it changes or leaves out, and what is wrong with it."""

    changed: dict[Place, int] = field(default_factory=dict)
    """Place -> line of the workbook, of rows with other values."""
    removed: dict[Place, int] = field(default_factory=dict)
    problems: list[CorrectionProblem] = field(default_factory=list)


class UnusableCorrection(UnreadableDelivery):
    """A workbook does not fit the delivery that it corrects."""

    def __init__(self, outcome: CorrectionOutcome) -> None:
        self.outcome = outcome
        told = outcome.problems[:_PROBLEMS_TOLD]
        more = len(outcome.problems) - len(told)
        super().__init__(
            "更正表无法采用：" + "；".join(problem.zh for problem in told) + (f"；另有 {more} 处" if more else ""),
            "The correction cannot be used: "
            + "; ".join(problem.en for problem in told)
            + (f"; and {more} more" if more else ""),
        )


def apply_corrections(
    connection: duckdb.DuckDBPyConnection,
    judging: Judging,
    scans: Sequence[Mapped],
    workbooks: Sequence[Sequence[CorrectedLine]],
) -> tuple[CorrectionOutcome, frozenset[int]]:
    """Change the judged rows as the workbooks say, one after the other; gives the last one's outcome, and the internal
    numbers of all rows that were touched.

    The rows are placed already. Raises UnusableCorrection when a workbook does not fit.
    """
    changes = Changes(connection, judging.entity, scans)
    for lines in workbooks:
        changes.take(lines)
    if changes.outcome.problems:
        raise UnusableCorrection(changes.outcome)
    if changes.touched:
        _judge_again(connection, judging, scans, changes)
    return changes.outcome, frozenset(changes.touched)


@dataclass(slots=True)
class Changes:
    """What the workbooks taken so far change, by internal row number."""

    connection: duckdb.DuckDBPyConnection
    entity: Entity
    scans: Sequence[Mapped]
    texts: dict[int, dict[str, str | None]] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    outcome: CorrectionOutcome = field(default_factory=CorrectionOutcome)
    """Of the last workbook."""
    made_for: set[str] = field(default_factory=set)
    """Batches for which the workbooks so far were made: another one for the same does not know what they changed."""

    @property
    def touched(self) -> set[int]:
        """Rows that are changed or left out."""
        return self.texts.keys() | self.gone

    def take(self, lines: Sequence[CorrectedLine]) -> None:
        """Compare each line with what holds so far, and keep what it changes."""
        self.outcome = CorrectionOutcome()
        found = find_rows(self.connection, [line.place for line in lines])
        delivered = delivered_texts(self.connection, self.entity, self.scans, set(found.values()))
        at_fault = fields_at_fault(self.connection, self.entity, found.values())
        for line in lines:
            rid = found.get(line.place)
            if rid is None:
                self._problem(
                    line,
                    None,
                    f"原文件没有第 {line.place.row} 行；请勿改动引用列",
                    f"the delivered file has no row {line.place.row}; leave the columns of reference alone",
                )
            elif line.removed:
                self._remove(line, rid)
            else:
                shown = delivered.get(rid, {}) if line.made_for in self.made_for else {}
                holds = {**delivered.get(rid, {}), **self.texts.get(rid, {})}
                self._change(line, rid, holds, shown, at_fault.get(rid, ()))
        self.made_for |= {line.made_for for line in lines}

    def rows_at(self, places: Sequence[Place]) -> dict[Place, DeliveredRow]:
        """What holds in the rows at these places, and for which fields the delivered row is rejected."""
        found = find_rows(self.connection, places)
        delivered = delivered_texts(self.connection, self.entity, self.scans, set(found.values()))
        at_fault = fields_at_fault(self.connection, self.entity, found.values())
        return {
            place: DeliveredRow({**delivered.get(rid, {}), **self.texts.get(rid, {})}, at_fault.get(rid, frozenset()))
            for place, rid in found.items()
            if rid not in self.gone
        }

    def _remove(self, line: CorrectedLine, rid: int) -> None:
        if not line.note.strip():
            self._problem(line, None, "删除该行须填写更正说明", "say in the last column why the row is left out")
        self.gone.add(rid)
        self.outcome.removed[line.place] = line.line

    def _change(
        self,
        line: CorrectedLine,
        rid: int,
        holds: Mapping[str, str | None],
        shown: Mapping[str, str | None],
        at_fault: Collection[str],
    ) -> None:
        """Keep what the line says otherwise than `holds`, and than what it was `shown` when the workbook was made."""
        changed: dict[str, str | None] = {}
        for name, is_shown in fields_in_workbook(self.entity).items():
            known = shown_text(holds.get(name))
            text = line.texts.get(name, known).strip()
            if text == known or (not is_shown and text == (MASK if known else "")):
                continue
            if name in shown and text == shown_text(shown[name]):
                continue
            label = self.entity.fields[name]
            if name in self.entity.key and name not in at_fault:
                self._problem(
                    line,
                    name,
                    f"主键「{label.label_zh}」不能改动；请恢复原值，或删除该行后另行报送",
                    f"the key {label.label_en} cannot be changed; restore it, or leave the row out and deliver another",
                )
            elif wrong := self._untyped(name, text):
                self._problem(
                    line,
                    name,
                    f"「{label.label_zh}」的新值不是 {wrong}；请更正",
                    f"the new value of {label.label_en} is no {wrong}; correct it",
                )
            changed[name] = text or None
        if changed:
            self.texts.setdefault(rid, {}).update(changed)
            self.outcome.changed[line.place] = line.line

    def _untyped(self, name: str, text: str) -> str | None:
        """The type that a file states (Parquet, a database) and the text does not fit: it would be read as nothing."""
        kinds = {mapped.cells[name].type for mapped in self.scans if name in mapped.cells}
        for kind in sorted(kind for kind in kinds if text and not is_text(kind)):
            if rows(self.connection, f"SELECT TRY_CAST({literal(text)} AS {kind}) IS NULL")[0][0]:
                return kind
        return None

    def _problem(self, line: CorrectedLine, name: str | None, zh: str, en: str) -> None:
        self.outcome.problems.append(
            CorrectionProblem(
                line.line, name, f"更正表第 {line.line} 行：{zh}", f"Line {line.line} of the workbook: {en}"
            )
        )


def fields_at_fault(
    connection: duckdb.DuckDBPyConnection, entity: Entity, rids: Iterable[int]
) -> dict[int, frozenset[str]]:
    """Row -> fields for which the delivered row is rejected: even a key is open to correction where it is wrong."""
    wanted = ", ".join(map(str, sorted(rids)))
    if not wanted:
        return {}
    known = reasons_of(entity)
    judged = rows(connection, f"SELECT rowid, _reasons FROM {JUDGED} WHERE rowid IN ({wanted})")
    return {
        rid: frozenset(name for number in reasons or () if (name := known[number].field) is not None)
        for rid, reasons in judged
    }


def _judge_again(
    connection: duckdb.DuckDBPyConnection,
    judging: Judging,
    scans: Sequence[Mapped],
    changes: Changes,
) -> None:
    """Put the touched rows, judged with their new texts, in the place of the old ones: `rowid` stays what it was."""
    touched = sorted(changes.touched)
    changed = sorted(
        {name for texts in changes.texts.values() for name in texts}, key=list(judging.entity.fields).index
    )
    numbers = {name: number for number, name in enumerate(changed)}
    columns = "".join(f", _is{number} BOOLEAN, _to{number} VARCHAR" for number in numbers.values())
    connection.execute(f"CREATE TEMP TABLE {_CORRECTION} (_rid BIGINT, _gone BOOLEAN{columns})")
    for rid in touched:
        texts = changes.texts.get(rid, {})
        row: list[object] = [rid, rid in changes.gone]
        for name in changed:
            row += [name in texts, texts.get(name)]
        connection.execute(f"INSERT INTO {_CORRECTION} VALUES ({', '.join('?' * len(row))})", row)
    corrected = [
        _with_changes(mapped, query, numbers)
        for mapped, query in zip(scans, picked_rows(connection, scans, touched), strict=True)
    ]
    connection.execute(judged_table(_CORRECTED, judging, corrected))
    connection.execute(
        f"CREATE TABLE _rejudged AS SELECT * EXCLUDE (_rid) FROM ("
        f"SELECT rowid AS _rid, * FROM {JUDGED} WHERE rowid NOT IN (SELECT _rid FROM {_CORRECTION}) "
        "UNION ALL BY NAME "
        f"SELECT n._source AS _rid, n.* REPLACE (o._source AS _source, n._ours AND NOT c._gone AS _ours) "
        f"FROM {_CORRECTED} AS n JOIN {JUDGED} AS o ON o.rowid = n._source "
        f"JOIN {_CORRECTION} AS c ON c._rid = n._source) ORDER BY _rid"
    )
    connection.execute(f"DROP TABLE {JUDGED}")
    connection.execute(f"ALTER TABLE _rejudged RENAME TO {JUDGED}")


def _with_changes(mapped: Mapped, query: str, numbers: Mapping[str, int]) -> Mapped:
    """The scan of the touched rows alone, each changed cell with its new text. `_source` carries the internal row
    number through the judgement.

    A column that several fields or expressions read changes for all of them.
    """
    cells = dict(mapped.cells)
    named = dict(mapped.named)
    expressions = dict(mapped.expressions)
    for name, number in numbers.items():
        named |= {f"_is{number}": f"_is{number}", f"_to{number}": f"_to{number}"}
        cell = mapped.cells.get(name)
        if name in mapped.expressions:
            delivered = f"CAST(({mapped.expressions[name]}\n) AS VARCHAR)"
            expressions[name] = f"CASE WHEN _is{number} THEN _to{number} ELSE {delivered} END"
        elif cell is None:
            cells[name] = Cell(f"CASE WHEN _is{number} THEN _to{number} END", "VARCHAR")
        else:
            new, old = f"_to{number}", as_text(cell)
            if not is_text(cell.type):  # stays typed: how a text is read depends on the file's own type
                new, old = f"TRY_CAST(_to{number} AS {cell.type})", cell.sql
            sql = f"CASE WHEN _is{number} THEN {new} ELSE {old} END"
            kind = "VARCHAR" if is_text(cell.type) else cell.type
            for other, known in mapped.cells.items():
                if known.sql == cell.sql and (other == name or other not in numbers):
                    cells[other] = replace(known, sql=sql, type=kind)
            for column, source in mapped.named.items():
                if source == f"CAST({cell.sql} AS VARCHAR)":
                    named[column] = f"CAST({sql} AS VARCHAR)"
    own = ", ".join(f"c.{identifier(f'_{kind}{number}')}" for number in numbers.values() for kind in ("is", "to"))
    joined = (
        f"SELECT s.* REPLACE (s._rid AS _source){f', {own}' if own else ''} FROM ({query}) AS s "
        f"JOIN {_CORRECTION} AS c ON c._rid = s._rid"
    )
    return replace(mapped, scan=replace(mapped.scan, query=joined), cells=cells, named=named, expressions=expressions)
