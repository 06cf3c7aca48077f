"""Where the records of a JSON document lie: `data.list`, lists in lists, the values of an object; and what a record
knows of the document around it.

Belongs here: reading `records_at` and the source columns that lead out of a record (`$.`, `^.`, `_key`, `_value`),
walking them in Python and as DuckDB SQL. Does not belong here: opening files (`documents.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sources.reading.json_paths import json_path, literal_keys
from sources.reading.quoting import literal

KEY = "_key"
"""Source column: the key under which a record lies in an object."""
VALUE = "_value"
"""Source column: the record itself, where it is no object."""

_STAR = re.compile(r"\[\*\]|\.\*(?=$|[.\[])|^\*(?=$|[.\[])")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Level:
    """A list, or an object whose values are taken, at a dotted path below the level above (the document first)."""

    path: str
    of_object: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """A source column: `up` levels out of the record, the path there."""

    up: int
    path: str


def levels(records_at: str | None) -> tuple[Level, ...]:
    """The levels of `records_at`, the records' own last; none for a document that is a list or a record itself."""
    text = (records_at or "").removeprefix("$").strip(".")
    found: list[Level] = []
    position = 0
    for star in _STAR.finditer(text):
        found.append(Level(text[position : star.start()].strip("."), star[0] != "[*]"))
        position = star.end()
    rest = text[position:].strip(".")
    if rest:
        found.append(Level(rest, False))
    return tuple(found)


def at(value: Any, path: str) -> Any:
    """What lies at a dotted path, None without it."""
    for key, index in _STEP.findall(path):
        if index:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value


def records(document: Any, of: Sequence[Level]) -> list[Any] | None:
    """The records of a parsed document in order; None when nothing lies where they should."""
    nodes: list[Any] = [document]
    for level in of:
        found = [at(node, level.path) for node in nodes]
        found = [value for value in found if isinstance(value, dict if level.of_object else list)]
        if nodes and not found:
            return None
        nodes = [item for value in found for item in (value.values() if level.of_object else value)]
    return nodes if of else None


def is_simple(of: Sequence[Level], wanted: Sequence[str]) -> bool:
    """Whether the records are one list, and no source column leads out of a record."""
    outside = any(path.startswith(("$.", "^.")) or path in (KEY, VALUE) for path in wanted)
    return len(of) <= 1 and not any(level.of_object for level in of) and not outside


def nested_query(of: Sequence[Level], wanted: Sequence[str], documents: str) -> str:
    """SELECT of `v` (text of each wanted path, in order) and `_source` from `documents` (`json`, `_source`).

    A document in which nothing lies where records should gives one empty row, so that it is noticed.
    """
    chain = of or (Level("", False),)
    asked = [_asked(path, len(chain)) for path in wanted]
    # A node: its JSON, its key, what was asked of the nodes around it, outermost first.
    nodes = "[{'j': json, 'k': NULL::VARCHAR, 'a': []::VARCHAR[]}]"
    outside: list[_Asked] = []
    parents = nodes
    for number, level in enumerate(chain):
        up = len(chain) - number
        here = [one for one in asked if one.up == up]
        outside += here
        place = literal(json_path(level.path))
        star = literal(json_path(level.path) + (".*" if level.of_object else "[*]"))
        kept = f"list_concat(p.a, [{', '.join(_value(one.path, 'p') for one in here)}]::VARCHAR[])"
        if level.of_object:
            pairs = f"list_zip(json_keys(p.j, {place}), json_extract(p.j, {star}))"
            inner = f"list_transform({pairs}, lambda q: {{'j': q[2], 'k': q[1], 'a': {kept}}})"
        else:
            items = f"json_extract(p.j, {star})"
            inner = f"list_transform({items}, lambda q: {{'j': q, 'k': NULL::VARCHAR, 'a': {kept}}})"
        parents = nodes
        nodes = f"flatten(list_transform({nodes}, lambda p: coalesce({inner}, [])))"
    last = chain[-1]
    there = f"json_type(p.j, {literal(json_path(last.path))}) = '{'OBJECT' if last.of_object else 'ARRAY'}'"
    listed = f"len(list_filter({parents}, lambda p: coalesce({there}, false))) > 0"
    if len(chain) > 1:  # an outer list without anything in it is no mistake
        first = f"json_type(json, {literal(json_path(chain[0].path))}) IN ('ARRAY', 'OBJECT')"
        listed = f"({listed} OR (coalesce({first}, false) AND len({parents}) = 0))"
    values = [_value(one.path, "r") if one.up == 0 else f"r.a[{outside.index(one) + 1}]" for one in asked]
    return f"""
        SELECT [{", ".join(values)}]::VARCHAR[] AS v, _source
        FROM (SELECT unnest(CASE WHEN len(n) = 0 AND NOT _listed THEN [NULL] ELSE n END) AS r, _source
              FROM (SELECT {nodes} AS n, {listed} AS _listed, _source FROM ({documents})))
    """


def _asked(path: str, depth: int) -> _Asked:
    if path.startswith("$."):
        return _Asked(depth, path[2:])
    up = 0
    while path.startswith("^."):
        up, path = up + 1, path[2:]
    return _Asked(min(up, depth), path)


def _value(path: str, node: str) -> str:
    if path == KEY:
        return f"{node}.k"
    found = f"json_extract_string({node}.j, {literal(json_path('' if path == VALUE else path))})"
    named = [f"json_extract_string({node}.j, {literal(key)})" for key in literal_keys(path)]
    return f"coalesce({', '.join([*named, found])})" if named else found
