"""The one gate for SQL that a contract brings: a single deterministic expression about one row, nothing else.

Belongs here: parsing with DuckDB's own parser and refusing what is not such an expression.
Does not belong here: running the expression; Soda's SQL (`warehouse/checks/soda.py`).

Contracts are code that others write: without this gate an expression could read files, settings or the environment,
or depend on the clock, so that the same bytes give other rows tomorrow.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import duckdb

# Node classes of DuckDB's syntax tree that stay within one row. Subqueries, windows, stars and parameters are absent.
_ROW_CLASSES = frozenset(
    {
        "BETWEEN",
        "CASE",
        "CAST",
        "COLLATE",
        "COLUMN_REF",
        "COMPARISON",
        "CONJUNCTION",
        "CONSTANT",
        "FUNCTION",
        "LAMBDA",
        "LAMBDA_REF",
        "OPERATOR",
    }
)
# Consistent by DuckDB's catalogue and yet about the session, not the row.
_SESSION_FUNCTIONS = frozenset(
    {"current_setting", "getvariable", "getenv", "version", "json_deserialize_sql", "json_serialize_sql"}
)
# Words that DuckDB reads as functions of the clock or the session when no column bears the name.
_SESSION_WORDS = frozenset(
    {
        "current_catalog",
        "current_date",
        "current_role",
        "current_schema",
        "current_time",
        "current_timestamp",
        "current_user",
        "localtime",
        "localtimestamp",
        "session_user",
        "user",
    }
)
# Macros of DuckDB that are pure; the others look at the catalogue or the clock.
_PURE_MACROS = frozenset(
    {
        "date_add",
        "days_in_month",
        "fdiv",
        "fmod",
        "json",
        "map_contains_entry",
        "map_contains_value",
        "md5_number_lower",
        "md5_number_upper",
        "nullif",
        "round_even",
        "roundbankers",
        "split_part",
    }
)


@dataclass(frozen=True)
class ExpressionRefused(ValueError):
    """The text is not a single row expression; `zh` and `en` say why and what to do."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"


def expression_columns(sql: str) -> frozenset[str]:
    """Columns that the row expression `sql` uses; raises `ExpressionRefused` for anything else than one expression."""
    columns = _columns_or_refusal(sql)
    if isinstance(columns, ExpressionRefused):
        raise columns
    return columns


@lru_cache(maxsize=1024)
def is_time_pattern(text: str) -> bool:
    """Whether DuckDB's strptime takes it as a pattern of a date or time."""
    literal = "'" + text.replace("'", "''") + "'"
    try:
        _connection().cursor().execute(f"SELECT try_strptime('', {literal})")
    except duckdb.Error:
        return False
    return "%" in text


# Bounded: one entry per expression of the contracts in force, which are some hundreds.
@lru_cache(maxsize=4096)
def _columns_or_refusal(sql: str) -> frozenset[str] | ExpressionRefused:
    try:
        # With and without parentheses: "a) from t where (b" is whole in one of the two only. The line feed ends a
        # trailing comment.
        _single_expression(f"({sql}\n)")
        return frozenset(_row_columns(_single_expression(sql)))
    except ExpressionRefused as refused:
        return refused


def _single_expression(sql: str) -> dict[str, Any]:
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\r\n\t" for letter in sql):
        raise ExpressionRefused(
            "SQL 表达式含有控制字符；请删除", "the SQL expression has control characters; remove them"
        )
    parsed = _parse(f"SELECT {sql}")
    if parsed.get("error"):
        message = str(parsed.get("error_message", "")).splitlines()[0]
        raise ExpressionRefused(
            f"SQL 表达式无法解析：{message}；请写成单个 DuckDB 表达式",
            f"the SQL expression does not parse: {message}; write a single DuckDB expression",
        )
    statements = parsed["statements"]
    node = statements[0]["node"]
    only_expression = (
        len(statements) == 1
        and node["type"] == "SELECT_NODE"
        and len(node["select_list"]) == 1
        and node["from_table"]["type"] == "EMPTY"
        and not node["modifiers"]
        and not node["cte_map"]["map"]
        and not node["group_expressions"]
        and not any(node[clause] for clause in ("where_clause", "having", "sample", "qualify"))
        and not node["select_list"][0]["alias"]
    )
    if not only_expression:
        raise ExpressionRefused(
            "这里只能写单个 SQL 表达式，不能有 FROM、WHERE、别名、逗号或多条语句",
            "only a single SQL expression may stand here: no FROM, WHERE, alias, comma or further statement",
        )
    expression: dict[str, Any] = node["select_list"][0]
    return expression


def _row_columns(node: Any) -> Iterator[str]:
    """Column names of a syntax tree; raises at the first node that is not about the row."""
    if isinstance(node, list):
        for item in node:
            yield from _row_columns(item)
        return
    if not isinstance(node, dict):
        return
    kind = node.get("class")
    if kind is not None and kind not in _ROW_CLASSES:
        raise ExpressionRefused(
            f"表达式里不能有 {kind}（子查询、窗口、* 与参数都不行）：只能计算一行之内的值",
            f"{kind} is not allowed in an expression (nor subqueries, windows, * or parameters): compute from one row",
        )
    if kind == "COLUMN_REF":
        name = str(node["column_names"][0])
        if name.lower() in _SESSION_WORDS:
            raise _not_of_the_row(name)
        yield name
        return
    if kind == "LAMBDA":
        parameters = set(_row_columns(node["lhs"]))
        yield from (name for name in _row_columns(node["expr"]) if name not in parameters)
        return
    if kind == "FUNCTION":
        schema = node.get("schema") or "main"  # the parser itself writes main.trim for trim
        _refuse_function(str(node["function_name"]).lower(), elsewhere=schema != "main")
    if kind == "CONSTANT":
        return
    for value in node.values():
        yield from _row_columns(value)


def _refuse_function(name: str, *, elsewhere: bool) -> None:
    if elsewhere or name in _SESSION_FUNCTIONS:
        raise _not_of_the_row(name)
    if name in _PURE_MACROS or name.startswith(("list_", "array_")) or name in _row_functions():
        return
    if name in _other_functions():
        raise _not_of_the_row(name)
    raise ExpressionRefused(f"DuckDB 没有函数 {name}；请核对拼写", f"DuckDB has no function {name}; check the spelling")


def _not_of_the_row(name: str) -> ExpressionRefused:
    return ExpressionRefused(
        f"不能使用 {name}：表达式只能由本行的列算出，不得聚合，不得读取文件、设置、环境或时钟",
        f"{name} is not allowed: an expression follows from the row's columns alone, it may not aggregate, "
        "nor read files, settings, the environment or the clock",
    )


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:", config={"enable_external_access": "false", "threads": "1"})


def _parse(select: str) -> dict[str, Any]:
    # A literal, not a parameter: the first parameter of a process makes DuckDB import pandas, which takes seconds.
    literal = "'" + select.replace("'", "''") + "'"
    row = _connection().cursor().execute(f"SELECT json_serialize_sql({literal})").fetchone()
    assert row is not None  # a scalar SELECT gives one row
    parsed: dict[str, Any] = json.loads(row[0])
    return parsed


@cache
def _row_functions() -> frozenset[str]:
    return _functions("function_type = 'scalar' AND stability = 'CONSISTENT'") - _functions(
        "function_type = 'aggregate'"
    )


@cache
def _other_functions() -> frozenset[str]:
    return _functions("true") - _row_functions()


def _functions(condition: str) -> frozenset[str]:
    query = f"SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE {condition}"
    return frozenset(name for (name,) in _connection().cursor().execute(query).fetchall())
