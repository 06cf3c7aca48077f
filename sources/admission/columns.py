"""Where each field of an entity comes from in one delivery: a column, an expression over columns, a constant, nothing.

Belongs here: the contract's mapping against the columns that a file really has (header drift).
Does not belong here: turning text into types (`values.py`), reading files (`sources/reading`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fnmatch import fnmatchcase

from sources.admission.cells import Cell
from sources.admission.number_values import agreed_factor, factor_to_unit
from sources.contract.expressions import expression_columns
from sources.contract.feed import Entity, Field
from sources.contract.settings import USUAL_COLUMNS, Delivery
from sources.reading.labels import find_label, plain, without_unit
from sources.reading.messages import RECEIVED_AT, TOPIC
from sources.reading.quoting import identifier, literal
from sources.reading.relation import FILE_NAME, SHEET, Scan, UnreadableDelivery

# Fields that say which of two statements about one key is the later one, the strongest first.
VERSION_FIELDS = (
    "cd_time",
    "updated_at",
    "update_time",
    "modified_at",
    "last_modified",
    "submitted_at",
    "receive_time",
    "stored_time",
)
_STATUS = "status"
ROW = "_row"
"""What expressions call the row's number: the file's own where the format has one, else a running one."""


@dataclass(frozen=True, slots=True)
class Origin:
    """How a delivery gives a field: `columns` in order of preference, an SQL `expression`, a `constant`, or none."""

    columns: tuple[str, ...] = ()
    expression: str | None = None
    constant: str | None = None


@dataclass(frozen=True, slots=True)
class Mapped:
    """One scan's cells by field (absent: nothing gives it, NULL), and the columns that expressions may name.

    `where`, `operation` and `version` are SQL in the scope of these columns, None where the delivery has none.
    """

    scan: Scan
    cells: Mapping[str, Cell]
    expressions: Mapping[str, str]
    named: Mapping[str, str]
    where: str | None
    operation: str | None
    version: str | None


def origins(entity: Entity, delivery: Delivery) -> dict[str, Origin]:
    """Origin of each field: the delivery's own mapping, then constant and expression of the field, then its names."""
    return {name: _origin(item, delivery) for name, item in entity.fields.items()}


def _origin(item: Field, delivery: Delivery) -> Origin:
    if item.name in delivery.expressions:
        return Origin(expression=delivery.expressions[item.name])
    if item.name in delivery.columns:
        return Origin(columns=(delivery.columns[item.name],))
    if item.constant is not None:
        return Origin(constant=item.constant)
    if item.expression is not None:
        return Origin(expression=item.expression)
    return Origin(columns=item.source_names)


def wanted_columns(entity: Entity, delivery: Delivery) -> tuple[str, ...]:
    """All source columns that the delivery may be asked for, each once."""
    wanted: list[str] = []
    for origin in origins(entity, delivery).values():
        wanted += origin.columns
        if origin.expression is not None:
            wanted += sorted(expression_columns(origin.expression) - {ROW})
    if delivery.where is not None:
        wanted += sorted(expression_columns(delivery.where) - {ROW})
    wanted += _operation_columns(delivery)
    if delivery.sql is not None and delivery.sql.watermark:
        wanted.append(delivery.sql.watermark)
    return tuple(dict.fromkeys(wanted))


def _operation_columns(delivery: Delivery) -> tuple[str, ...]:
    if delivery.operation_column:
        return (delivery.operation_column,)
    # OneRoster marks deletions in `status`; its manifest is what tells that a delivery is OneRoster.
    return (_STATUS,) if delivery.file is not None and delivery.file.mode_from_manifest else ()


def map_scan(entity: Entity, delivery: Delivery, scan: Scan) -> Mapped:
    """Find every field in the scan's columns. Raises UnreadableDelivery when a required one has none (header drift)."""
    cells: dict[str, Cell] = {}
    expressions: dict[str, str] = {}
    named: dict[str, str] = {}
    missing: list[str] = []
    for name, origin in origins(entity, delivery).items():
        item = entity.fields[name]
        if origin.constant is not None:
            expressions[name] = f"CAST({literal(origin.constant)} AS VARCHAR)"
        elif origin.expression is not None:
            columns = sorted(expression_columns(origin.expression))
            found = {column for column in columns if _reference(column, scan, named)}
            if found or not columns:
                expressions[name] = origin.expression
            elif item.required:
                missing.append("、".join(columns))
        else:
            cell = _cell(origin.columns, scan)
            if cell is not None:
                cells[name] = cell
            elif origin.columns and item.required:
                missing.append(origin.columns[0])
    where = delivery.where
    if where is not None:
        missing += [column for column in sorted(expression_columns(where)) if not _reference(column, scan, named)]
    operation = None
    for column in _operation_columns(delivery):
        if _reference(column, scan, named):
            operation = identifier(column)
        elif delivery.operation_column:
            missing.append(column)
    version = _version(entity, delivery, scan, named)
    if missing:
        raise _header_drift(scan, missing, wanted_columns(entity, delivery))
    if not scan.numbered and any(
        ROW in expression_columns(sql) for sql in (*expressions.values(), *([where] if where else []))
    ):
        scan = replace(scan, query=f"SELECT *, row_number() OVER () AS {ROW} FROM ({scan.query})", counted=True)
    return Mapped(scan, cells, expressions, named, where, operation, version)


def renamed_columns(entity: Entity, delivery: Delivery, mapped: Mapped) -> Mapping[str, tuple[str, str]]:
    """Field -> (column found, column expected) where the file uses another of the names that the contract knows."""
    renamed: dict[str, tuple[str, str]] = {}
    for name, origin in origins(entity, delivery).items():
        if not mapped.scan.closed or len(origin.columns) < 2 or name not in mapped.cells:
            continue
        first, *others = origin.columns
        if find_label(first, mapped.scan.columns) is None:
            found = (label for other in others if (label := find_label(other, mapped.scan.columns)) is not None)
            renamed[name] = (next(found), first)
    return renamed


def converted_units(entity: Entity, mapped: Mapped) -> Mapping[str, Decimal]:
    """Field -> the factor that a unit stated in the file gives its values, where another one was agreed."""
    return {
        name: factor
        for name, cell in mapped.cells.items()
        if (item := entity.fields[name]).type in ("integer", "number")
        and (factor := factor_to_unit(cell, item)) != agreed_factor(item)
    }


def unused_columns(entity: Entity, delivery: Delivery, scan: Scan) -> list[str]:
    """Columns of the file that the contract neither names nor ignores."""
    if not scan.closed:
        return []
    used = {find_label(name, scan.columns) for name in wanted_columns(entity, delivery)}
    used_cells = {scan.columns[name][0] for name in used if name is not None}
    ours = (FILE_NAME, SHEET, *((TOPIC, RECEIVED_AT) if delivery.mqtt is not None else ()))
    known = (*USUAL_COLUMNS, *delivery.ignored_columns, *ours)
    labels = {cell: name for name, (cell, _) in reversed(list(scan.columns.items()))}  # each column by its first label
    return [
        name
        for name, (cell, _) in scan.columns.items()
        if labels[cell] == name
        and cell not in used_cells
        and not any(fnmatchcase(plain(name), plain(pattern)) for pattern in known)
    ]


def _cell(names: Iterable[str], scan: Scan) -> Cell | None:
    found = [known for name in names if (known := find_label(name, scan.columns)) is not None]
    if not found:
        return None
    if not scan.closed and len(found) > 1:  # JSON leaves out keys row by row: the first that a row has
        return Cell(f"coalesce({', '.join(scan.columns[name][0] for name in found)})", "VARCHAR")
    sql, kind = scan.columns[found[0]]
    return Cell(sql, kind, scan.factors.get(found[0], without_unit(found[0])[1]))


def _reference(column: str, scan: Scan, named: dict[str, str]) -> bool:
    """Make `column` known to expressions, as text; a column that the file lacks is NULL. False when it lacks it."""
    if column == ROW:
        return True
    found = find_label(column, scan.columns)
    if column.casefold() not in {known.casefold() for known in named}:
        named[column] = f"CAST({scan.columns[found][0] if found is not None else 'NULL'} AS VARCHAR)"
    return found is not None


def _version(entity: Entity, delivery: Delivery, scan: Scan, named: dict[str, str]) -> str | None:
    """The source's own change time, where the entity has no field for it."""
    if any(name in entity.fields and _delivers(entity, delivery, name) for name in VERSION_FIELDS):
        return None
    if delivery.sql is None or not delivery.sql.watermark:
        return None
    return identifier(delivery.sql.watermark) if _reference(delivery.sql.watermark, scan, named) else None


def _delivers(entity: Entity, delivery: Delivery, name: str) -> bool:
    origin = _origin(entity.fields[name], delivery)
    return bool(origin.columns) or origin.expression is not None


def version_field(entity: Entity, delivery: Delivery) -> str | None:
    """The field that orders statements about one key within a batch, None when the entity has none."""
    return next((name for name in VERSION_FIELDS if name in entity.fields and _delivers(entity, delivery, name)), None)


def _header_drift(scan: Scan, missing: list[str], wanted: tuple[str, ...]) -> UnreadableDelivery:
    files = "、".join(scan.labels[:3])
    known = [name for name in scan.columns if name not in (FILE_NAME, SHEET)]
    return UnreadableDelivery(
        f"文件 {files} 的列与合同不符：缺少必需的列 {'、'.join(missing)}。文件里的列：{'、'.join(known) or '（无）'}；"
        f"合同里的列：{'、'.join(wanted)}。"
        "请按合同的列名重报；若列名已改，请在合同里登记新列名（synonyms）。",
        f"The columns of file {files} do not fit the contract: required {', '.join(missing)} missing. "
        f"Columns of the file: {', '.join(known) or '(none)'}; of the contract: {', '.join(wanted)}. "
        "Send it with the contract's names, or add the new names to the contract (synonyms).",
    )
