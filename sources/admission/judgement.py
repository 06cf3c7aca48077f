"""The one SQL statement that judges a delivery's rows by the contract.

Belongs here: putting a field's steps and the findings together, tombstones. The result is a table with the typed
fields (personal values still in clear, in memory only) and, per row, the reasons against it.
Does not belong here: how a value is read (`values.py`), what can be wrong (`findings.py`), duplicates
(`duplicates.py`), protection (`pseudonym.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sources.admission.cells import Cell, Steps, as_text
from sources.admission.columns import ROW, Mapped
from sources.admission.corrections import MET, ORDINAL, Plan, corrected
from sources.admission.findings import Finding, findings, raw, seen
from sources.admission.mending import Step, mended, no_data, with_exclusions
from sources.admission.number_values import factor_to_unit, in_chinese, with_decimal_point
from sources.admission.spellings import looked_at, without_null_words
from sources.admission.time_values import fast_instant, fast_is_local, sentinel
from sources.admission.values import fast, plain_type, slow
from sources.admission.zones import to_utc
from sources.contract.feed import DECIMAL_TYPE, Entity, Field
from sources.contract.formats import ExcelFormat, FhirFormat, JsonFormat
from sources.contract.settings import Delivery
from sources.reading.quoting import identifier, literal

# Operation words that mean "this key is gone": change tables (`cd_operation`) and OneRoster's status.
DELETE_WORDS = ("d", "del", "delete", "deleted", "tobedeleted", "删除")
# Digits that a double holds in full; JSON readers pass numbers through doubles.
_EXACT_DIGITS = 15
MASK = "***"
"""What stands for a personal value wherever a rejected row is shown."""


@dataclass(frozen=True, slots=True)
class Judging:
    """How a delivery's rows are judged. `zone` is that of naive times.

    Unless `forgiving`, only plain spellings are read, by a statement half as long (a small delivery is mostly planning
    time); `chinese` numerals only where the connection has the function for them.
    """

    entity: Entity
    delivery: Delivery
    zone: str
    received_at: datetime
    forgiving: bool
    chinese: bool
    corrections: Plan | None = None

    @property
    def spreadsheet(self) -> bool:
        """Whether cells are those of a spreadsheet, which writes days as numbers when their format is lost."""
        return self.delivery.file is not None and isinstance(self.delivery.file.format, ExcelFormat)

    @property
    def native_numbers(self) -> bool:
        """Whether numbers of the format's own are read as text, beside texts that look like them."""
        formats = (ExcelFormat, JsonFormat, FhirFormat)
        return self.delivery.file is None or isinstance(self.delivery.file.format, formats)


def judged_table(name: str, judging: Judging, scans: Sequence[Mapped]) -> str:
    """CREATE TABLE statement of `name`: every field of the entity by its name, `_source`, `_row` where the reading
    gives it, `_ours`, `_deleted`, `_version`, `_empty`, `_inexact`, `_reasons` (NULL when none), `_values` (JSON of the
    delivered texts of a rejected row, personal ones masked), `_mended` (`mending.py`, NULL when nothing was),
    `_unread` and `_numerals`, which mark rows that need a forgiving statement, and one that reads Chinese numerals;
    with corrections also `_corrections`.
    """
    selects = " UNION ALL ".join(f"({_judged(judging, scan)})" for scan in scans)
    return f"CREATE TABLE {identifier(name)} AS {selects}"


def _judged(judging: Judging, mapped: Mapped) -> str:
    """Subqueries from the inside out; each step's columns are `r0, f0, w0, s0, v0` by the field's number."""
    entity, corrections = judging.entity, judging.corrections
    names = list(entity.fields)
    given = {
        number: entity.fields[name]
        for number, name in enumerate(names)
        if name in mapped.cells or name in mapped.expressions
    }
    kept = ["_source", *(["_row"] if _has_row(mapped) else [])]
    kept += [ORDINAL] if corrections and corrections.rows else []
    cells: dict[int, Cell] = {}
    columns = [
        *kept,
        *([ROW] if mapped.scan.counted else []),
        *(f"{sql} AS {identifier(column)}" for column, sql in mapped.named.items()),
    ]
    evaluated = [*kept]
    for number, item in given.items():
        cell = mapped.cells.get(item.name)
        if cell is not None:
            columns.append(f"{cell.sql} AS r{number}")
            cells[number] = Cell(f"r{number}", cell.type, cell.factor)
            evaluated.append(f"r{number}")
        else:
            evaluated.append(f"CAST(TRY({mapped.expressions[item.name]}\n) AS VARCHAR) AS r{number}")
            cells[number] = Cell(f"r{number}", "VARCHAR")
    evaluated.append(f"coalesce(TRY({mapped.where}\n), false) AS _ours" if mapped.where else "true AS _ours")
    words = " ".join(f"WHEN {literal(word)} THEN true" for word in DELETE_WORDS)
    deleted = f"CASE lower(trim({mapped.operation})) {words} ELSE false END" if mapped.operation else "false"
    evaluated.append(f"{deleted} AS _deleted")
    evaluated.append(f"{mapped.version or 'CAST(NULL AS VARCHAR)'} AS _version")
    sql = _select(evaluated, _select(columns, mapped.scan.query))
    comma = judging.delivery.decimal == ","
    steps = _steps(judging, given, cells, {n for n, item in given.items() if comma and item.name in mapped.cells})
    for step in steps.columns:
        sql = _select(["*", *step], sql)
    if corrections is not None:
        sql = corrected(sql, corrections, given, cells)
    return _with_reasons(judging, mapped, given, steps, sql)


def _has_row(mapped: Mapped) -> bool:
    return mapped.scan.numbered


def _select(columns: Sequence[str], source: str) -> str:
    return f"SELECT {', '.join(columns)} FROM ({source})"


@dataclass(frozen=True, slots=True)
class _Steps:
    """Columns of the subqueries from text to value, from the inside out; the steps of each field; conditions of a
    row."""

    columns: list[list[str]]
    by_field: Mapping[int, Step]
    unread: str
    numerals: str


def _steps(judging: Judging, given: Mapping[int, Field], cells: Mapping[int, Cell], commas: Collection[int]) -> _Steps:
    """`commas`: fields whose numbers come with a decimal comma.

    Fast value, the same in UTC, text to look at, text without null words, value, value without sentinels."""
    zone = judging.zone
    steps: dict[str, list[str]] = {name: [] for name in ("fast", "utc", "look", "text", "value", "dated")}
    between = Steps()
    by_field: dict[int, Step] = {}
    unread: list[str] = []
    in_words: list[str] = []
    for n, item in given.items():
        # What was delivered stands in rejects; a decimal comma is read as a point.
        swap = n in commas and item.type in ("integer", "number")
        cell = with_decimal_point(cells[n], native=judging.native_numbers) if swap else cells[n]
        text = as_text(cell)
        quick = fast(cell, item)
        sentinels = sentinel(f"z{n}", item, zone) if item.type in ("date", "timestamp") else None
        # A placeholder is looked for on the value itself, in one step more.
        value = f"v{n}" if sentinels is None else f"z{n}"
        if sentinels is not None:
            steps["dated"].append(f"coalesce({sentinels}, false) AS g{n}")
            steps["dated"].append(f"CASE WHEN {sentinels} THEN NULL ELSE z{n} END AS v{n}")
        looks = declared = None
        done = f"f{n}"
        if quick is not None:
            steps["fast"].append(f"{quick} AS f{n}")
            if fast_is_local(cell, item):
                done = f"u{n}"
                steps["utc"].append(f"coalesce({to_utc(f'f{n}', zone)}, {fast_instant(cell)}) AS u{n}")
        if quick is None or judging.forgiving:
            looks = f"w{n}"
            look = looked_at(text, item)
            steps["look"].append(f"{look if quick is None else f'CASE WHEN {done} IS NULL THEN {look} END'} AS w{n}")
            steps["text"].append(f"{without_null_words(looks, item)} AS s{n}")
            read = slow(f"s{n}", cell, item, zone, between, chinese=judging.chinese, spreadsheet=judging.spreadsheet)
            steps["value"].append(f"{read.value if quick is None else f'coalesce({done}, {read.value})'} AS {value}")
            declared = read.declared
            if item.type in ("integer", "number") and not item.codes and not judging.chinese:
                in_words.append(f"({value} IS NULL AND coalesce({in_chinese(f's{n}')}, false))")
        else:
            steps["text"].append(f"CASE WHEN {done} IS NULL AND {text} <> '' THEN {text} END AS s{n}")
            steps["value"].append(f"{done} AS {value}")
            unread.append(f"s{n} IS NOT NULL")
        by_field[n] = Step(cells[n], f"v{n}", f"s{n}", looks, declared, None if sentinels is None else f"g{n}")
    ends = [steps.pop("value"), steps.pop("dated")]
    ordered = [*steps.values(), *(between.levels[level] for level in sorted(between.levels)), *ends]
    return _Steps(
        [step for step in ordered if step],
        by_field,
        unread=" OR ".join(unread) or "false",
        numerals=" OR ".join(in_words) or "false",
    )


def _with_reasons(judging: Judging, mapped: Mapped, given: Mapping[int, Field], steps: _Steps, sql: str) -> str:
    entity = judging.entity
    names = list(entity.fields)
    numbers = {name: number for number, name in enumerate(names)}
    own = ["_source", *(["_row"] if _has_row(mapped) else []), "_ours", "_deleted", "_version"]
    own += [MET] if judging.corrections is not None else []
    named = [
        f"v{numbers[name]} AS {identifier(name)}"
        if numbers[name] in given
        else f"CAST(NULL AS {plain_type(item)}) AS {identifier(name)}"
        for name, item in entity.fields.items()
    ]
    cells = {n: step.cell for n, step in steps.by_field.items()}
    texts = [f"{as_text(cells[n])} AS {raw(n)}, {_seen(steps.by_field[n])} AS {seen(n)}" for n in given]
    texts += [f"CAST(NULL AS VARCHAR) AS {raw(n)}, false AS {seen(n)}" for n in range(len(names)) if n not in given]
    empty = f"coalesce({', '.join(raw(n) for n in given)}, NULL) IS NULL" if given else "false"
    inexact = "false" if mapped.scan.exact else _long_numbers(given, cells)
    marks = [
        f"{steps.unread} AS _unread",
        f"{steps.numerals} AS _numerals",
        f"{mended(entity, judging.delivery, steps.by_field)} AS _mended_values",
    ]
    sql = _select([*own, *named, *texts, *marks], sql)
    found = findings(entity, judging.zone, judging.received_at)
    of_key = [(number, finding) for number, finding in enumerate(found) if finding.of_key]
    of_rest = [(number, finding) for number, finding in enumerate(found) if not finding.of_key]
    # A tombstone is a key and nothing else: only what is wrong with the key counts.
    against = (
        f"CASE WHEN ({_any(of_key)}) OR (NOT _deleted AND ({_any(of_rest)})) THEN "
        f"list_filter([{', '.join(_entries(of_key, of_rest))}], lambda reason: reason IS NOT NULL) END AS _reasons"
    )
    also = f"{with_exclusions(entity, '_mended_values')} AS _mended"
    sql = _select(["*", against, f"{empty} AS _empty", f"{inexact} AS _inexact", also], sql)
    shown = ", ".join(
        f"{literal(name)}, {_shown(entity.fields[name], n)}" for n, name in enumerate(names) if n in given
    )
    values = f"CASE WHEN _reasons IS NOT NULL THEN CAST(json_object({shown}) AS VARCHAR) END AS _values"
    ours = f"_ours AND NOT {no_data(entity, '_mended')} AS _ours"
    own[own.index("_ours")] = ours
    marks = ["_reasons", "_empty", "_inexact", "_unread", "_numerals", "CASE WHEN _ours THEN _mended END AS _mended"]
    return _select([*own, *map(identifier, names), *marks, values], sql)


def _seen(step: Step) -> str:
    """Whether there is a text that must give a value: a placeholder date is none."""
    return f"{step.text} IS NOT NULL" + (f" AND NOT {step.sentinel}" if step.sentinel is not None else "")


def _shown(item: Field, number: int) -> str:
    if item.protection is None:
        return raw(number)
    return f"CASE WHEN {raw(number)} IS NOT NULL THEN {literal(MASK)} END"


def _long_numbers(given: Mapping[int, Field], cells: Mapping[int, Cell]) -> str:
    """Condition for a decimal so large that a double does not hold all its places."""
    long = []
    for number, item in given.items():
        match = DECIMAL_TYPE.fullmatch(item.physical_type.strip()) if item.physical_type else None
        if item.type != "number" or match is None or int(match[1]) <= _EXACT_DIGITS:
            continue
        places = int(match[2]) + max(0, factor_to_unit(cells[number], item).adjusted())
        text = raw(number)
        long.append(
            f"coalesce((contains({text}, '.') OR contains({text}, 'e')) "
            f"AND abs(TRY_CAST({text} AS DOUBLE)) >= 1e{_EXACT_DIGITS - places}, false)"
        )
    return " OR ".join(long) or "false"


def _any(findings: Sequence[tuple[int, Finding]]) -> str:
    return " OR ".join(f"({finding.condition})" for _, finding in findings) or "false"


def _entries(of_key: Sequence[tuple[int, Finding]], of_rest: Sequence[tuple[int, Finding]]) -> list[str]:
    entries = {number: f"CASE WHEN {finding.condition} THEN {number}::SMALLINT END" for number, finding in of_key}
    entries |= {
        number: f"CASE WHEN NOT _deleted AND ({finding.condition}) THEN {number}::SMALLINT END"
        for number, finding in of_rest
    }
    return [entries[number] for number in sorted(entries)]
