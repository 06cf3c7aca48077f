"""SQL identifiers and literals for DuckDB.

Belongs here: quoting alone. Does not belong here: statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def identifier(name: str) -> str:
    """`name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Iterable[str]) -> str:
    """`'a', 'b'`: SQL string literals, comma separated."""
    return ", ".join(literal(text) for text in texts)


def struct(values: Mapping[str, str]) -> str:
    """`{'a': x, 'b': y}`: an SQL struct literal from names and SQL texts."""
    return "{" + ", ".join(f"{literal(name)}: {value}" for name, value in values.items()) + "}"


def values(lines: Iterable[Iterable[str | int | None]]) -> str:
    """`(1, 'a', NULL), ...` for INSERT: for short lists a fraction of the time that bound parameters take."""
    return ", ".join(f"({', '.join(_value(value) for value in line)})" for line in lines)


def _value(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else literal(value)
