"""Database values as text that loses nothing, column by column.

Belongs here: values of every driver to text. Does not belong here: queries, types of a contract.

Text, because databases type loosely (SQLite) or differently, and admission types every source by its contract anyway.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any


def texts(column: Sequence[Any]) -> Sequence[str | None]:
    """A column as text; most are text or whole numbers already, and then no value has to be looked at."""
    kinds = set(map(type, column))
    if kinds <= {str, type(None)}:
        return column
    if kinds == {int}:
        return [str(value) for value in column]
    return [text(value) for value in column]


def text(value: Any) -> str | None:
    """One value: ISO 8601 for times (offset kept), plain digits for decimals, hex for bytes, JSON for trees."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)
