"""The Soda contract of a table, built from its checks, and what is wrong with checks before they run.

Belongs here: the shape of a check (Soda itself ignores keys that it does not know), and putting checks together to
one contract. Does not belong here: running it (`soda.py`). Soda is not imported here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
import yaml

from warehouse.checks.outcome import CheckSpec

DATA_SOURCE = "batch"

_MISSING = {"missing_values", "missing_format"}
_VALID = {
    "valid_values",
    "invalid_values",
    "valid_format",
    "invalid_format",
    "valid_min",
    "valid_max",
    "valid_length",
    "valid_min_length",
    "valid_max_length",
    "valid_reference_data",
}
_ALWAYS = {"threshold", "filter"}
# Name, qualifier and attributes come from the check itself. `schema` is left out: the types of a batch are made by us
# and those of a mart are enforced by dbt.
_KEYS = {
    "row_count": _ALWAYS,
    "freshness": _ALWAYS | {"column", "column_expression", "now_variable"},
    "missing": _ALWAYS | _MISSING | {"column_expression"},
    "invalid": _ALWAYS | _MISSING | _VALID | {"column_expression"},
    "duplicate": _ALWAYS | _MISSING | {"columns", "column_expression"},
    "aggregate": _ALWAYS | _MISSING | {"function", "column_expression"},
    "metric": _ALWAYS | {"expression", "query"},
    "failed_rows": _ALWAYS | {"expression", "query", "rows_tested_query"},
}
_ON_COLUMN = {"missing", "invalid", "aggregate"}
# What Soda compares with when a check names no threshold; none: the check has to name one.
_DEFAULT: dict[str, dict[str, Any]] = {
    "row_count": {"must_be_greater_than": 0},
    "missing": {"must_be": 0},
    "invalid": {"must_be": 0},
    "duplicate": {"must_be": 0},
    "failed_rows": {"must_be": 0},
}
_SIGNS = {
    "must_be": "=",
    "must_not_be": "≠",
    "must_be_greater_than": ">",
    "must_be_greater_than_or_equal": "≥",
    "must_be_less_than": "<",
    "must_be_less_than_or_equal": "≤",
}
_RANGES = {"must_be_between", "must_be_not_between"}
_BOUNDS = {
    "greater_than": ">",
    "greater_than_or_equal": "≥",
    "less_than": "<",
    "less_than_or_equal": "≤",
}
_COMPARISONS = set(_SIGNS) | _RANGES
_PLACEHOLDER = re.compile(r"\$\{")
_KNOWN_PLACEHOLDER = re.compile(r"\$\{var\.(?:table|as_of)\}")
_FUNCTIONS = ("avg", "sum", "min", "max", "avg_length", "min_length", "max_length")
_CONDITIONS = ("expression", "filter", "column_expression")
_QUERIES = ("query", "rows_tested_query")


def contract_yaml(schema: str, table: str, checks: Sequence[CheckSpec]) -> str:
    """The contract of `schema.table` as YAML; the qualifier of each check is its key."""
    on_table: list[dict[str, Any]] = []
    on_column: dict[str, list[dict[str, Any]]] = {}
    for check in checks:
        kind, body = _kind_and_body(check)
        entry = {kind: {**body, "threshold": _threshold(check), "qualifier": check.key, "name": check.key}}
        if kind in _ON_COLUMN or (kind == "duplicate" and "columns" not in body):
            on_column.setdefault(str(check.column), []).append(entry)
        else:
            if kind == "freshness":
                entry[kind].setdefault("column", check.column)
            on_table.append(entry)
    document: dict[str, Any] = {
        "dataset": f"{DATA_SOURCE}/{schema}/{table}",
        "variables": {"table": {"default": f'"{schema}"."{table}"'}, "as_of": {"default": ""}},
        "columns": [{"name": name, "checks": entries} for name, entries in on_column.items()],
    }
    if on_table:  # Soda refuses an empty list
        document["checks"] = on_table
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=10_000)


def threshold_text(check: CheckSpec) -> str:
    """What the measured value is compared with: `≥ 60`, `≤ 5 %; warning ≤ 1 %`, `≥ 0, ≤ 9`, `< 5 / > 9` (either)."""
    threshold = _threshold(check)
    additional = threshold.get("additional")
    text = _comparison_text(threshold)
    return text if additional is None else f"{text}; warning {_comparison_text(threshold | additional)}"


def shape_problems(checks: Sequence[CheckSpec]) -> Iterator[tuple[str, str]]:
    """(key, what is wrong with the check, in Chinese and English) for each problem that needs no data to be seen."""
    for key, count in Counter(check.key for check in checks).items():
        if count > 1:
            yield key, "检查键重复，请改成唯一的键。 / the key is used twice; make it unique."
    for check in checks:
        yield from ((check.key, text) for text in _problems(check))


def _problems(check: CheckSpec) -> Iterator[str]:
    if not re.fullmatch(r"[A-Za-z0-9_]+", check.key):
        yield "检查键只能用字母、数字和下划线。 / the key may have letters, digits and underscores only."
    if check.column is not None and '"' in check.column:
        yield "字段名不能含双引号。 / a field name may not have a double quote."
    if check.severity == "warning" and check.blocking:
        yield "警告级检查不能阻断，请改用 blocking: false。 / a warning cannot block; use blocking: false."
    if not isinstance(check.soda, Mapping) or len(check.soda) != 1:
        yield "应恰好包含一个 Soda 检查类型。 / there has to be exactly one Soda check type."
        return
    kind, body = _kind_and_body(check)
    if kind not in _KEYS:
        known = ", ".join(_KEYS)
        yield f"未知的检查类型 {kind}，可用：{known}。 / unknown check type {kind}; known: {known}."
        return
    if not isinstance(body, dict):
        yield f"{kind} 的内容应是键值对。 / {kind} has to be a mapping."
        return
    yield from (_unknown(f"{kind}.{name}") for name in body if name not in _KEYS[kind])
    if kind in _ON_COLUMN and check.column is None:
        yield f"{kind} 须写在字段下。 / {kind} belongs to a field."
    if kind == "duplicate" and (check.column is None) == ("columns" not in body):
        yield "duplicate 须写在字段下，或用 columns 列出字段。 / duplicate belongs to a field, or lists columns."
    if kind == "freshness" and check.column is None and "column" not in body:
        yield "freshness 须写明 column。 / freshness has to name its column."
    if kind == "aggregate" and body.get("function") not in _FUNCTIONS:
        known = ", ".join(_FUNCTIONS)
        yield f"function 应是 {known} 之一；其他用 metric。 / function has to be one of {known}; use metric for others."
    yield from _threshold_problems(check, kind, body)
    yield from _text_problems(body)


def _threshold_problems(check: CheckSpec, kind: str, body: Mapping[str, Any]) -> Iterator[str]:
    given = body.get("threshold") or {}
    if not isinstance(given, dict):
        yield "threshold 应是键值对。 / threshold has to be a mapping."
        return
    known = _COMPARISONS | {"metric", "unit", "level", "additional"}
    yield from (_unknown(f"threshold.{name}") for name in given if name not in known)
    if "level" in given:
        yield "严重程度由 severity 决定，请去掉 threshold.level。 / severity decides the level; remove threshold.level."
    comparisons = [name for name in given if name in _COMPARISONS]
    if len(comparisons) > 1 or (not comparisons and kind not in _DEFAULT):
        yield "threshold 应恰好有一个比较条件。 / threshold has to have exactly one comparison."
    for name in _RANGES & set(given):
        bounds = given[name]
        if not isinstance(bounds, dict) or len(bounds) != 2 or not set(bounds) <= set(_BOUNDS):
            yield f"threshold.{name} 应有上下两个界。 / threshold.{name} needs a lower and an upper bound."
    additional = given.get("additional")
    if additional is None:
        return
    if not isinstance(additional, dict) or len(additional) != 1 or not set(additional) <= _COMPARISONS:
        yield "threshold.additional 应恰好有一个比较条件。 / threshold.additional has to have exactly one comparison."
    elif check.severity == "warning":
        yield "警告级检查不能再有附加警告。 / a warning has no additional warning."
    elif not comparisons:
        yield "有附加条件时须写明主条件。 / with an additional comparison the main one has to be given."


def _text_problems(body: Mapping[str, Any]) -> Iterator[str]:
    for text in _texts(body):
        if len(_PLACEHOLDER.findall(text)) != len(_KNOWN_PLACEHOLDER.findall(text)):
            yield (
                f"只可引用 ${{var.table}} 和 ${{var.as_of}}，不可引用环境变量：{text}"
                f" / only ${{var.table}} and ${{var.as_of}} may be referred to, no environment variable: {text}"
            )
    for name in (*_CONDITIONS, *_QUERIES):
        if name in body and not _is_one_query(str(body[name]), condition=name in _CONDITIONS):
            kind_zh, kind_en = ("表达式", "expression") if name in _CONDITIONS else ("查询", "query")
            yield f"{name} 应是一个只读的 SQL {kind_zh}。 / {name} has to be one reading SQL {kind_en}."


def _is_one_query(sql: str, *, condition: bool) -> bool:
    """Checks come from contract files: a second statement would run on our connection, so it is refused."""
    sql = re.sub(_KNOWN_PLACEHOLDER, "t", sql)
    # What is a query with brackets around it and without is an expression, and closes no bracket of ours.
    for query in (f"SELECT ({sql})", f"SELECT {sql}") if condition else (sql,):
        try:
            statements = duckdb.extract_statements(query)
        except duckdb.Error:
            return False
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            return False
    return True


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(key)
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _kind_and_body(check: CheckSpec) -> tuple[str, Any]:
    kind, body = next(iter(check.soda.items()))
    return kind, {} if body is None else body


def _threshold(check: CheckSpec) -> dict[str, Any]:
    kind, body = _kind_and_body(check)
    given = dict(body.get("threshold") or {})
    if not _COMPARISONS & set(given):
        given |= _DEFAULT.get(kind, {})
    if check.severity == "warning":
        given["level"] = "warn"
    elif "additional" in given:
        given["additional"] = {**given["additional"], "level": "warn"}
    return given


def _comparison_text(threshold: Mapping[str, Any]) -> str:
    unit = " %" if threshold.get("metric") == "percent" else f" {threshold['unit']}" if "unit" in threshold else ""
    for name, sign in _SIGNS.items():
        if name in threshold:
            return f"{sign} {threshold[name]}{unit}"
    for name in _RANGES:
        if name in threshold:
            joint = ", " if name == "must_be_between" else " / "
            return joint.join(f"{_BOUNDS[bound]} {value}{unit}" for bound, value in threshold[name].items())
    return ""


def _unknown(place: str) -> str:
    return f"未知的键 {place}。 / unknown key {place}."
