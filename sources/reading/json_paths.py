"""Dotted paths into JSON, as contracts write them: `subject.reference`, `code.coding[0].code`.

Belongs here: translating such a path to DuckDB's JSONPath. Does not belong here: reading files.
"""

from __future__ import annotations

import re

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def top_level(path: str) -> str:
    """The first key of `path`."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def json_path(path: str) -> str:
    """`a.b[0]` as `$."a"."b"[0]`; an empty path, or `$`, is the document itself."""
    if path == "$" or path.startswith(("$.", "$[")):
        path = path[1:]
    steps = [f'."{key}"' if key else f"[{index}]" for key, index in _STEP.findall(path.replace('"', ""))]
    return "$" + "".join(steps)


def literal_key(path: str) -> str | None:
    """JSONPath of the key that is called like the whole of a dotted path (`PM2.5`, `Temp [C]`); None where the path is
    a plain key."""
    key = path.replace('"', "")
    return f'$."{key}"' if re.search(r"[.\[]", key) else None


def below_top(path: str) -> str | None:
    """JSONPath of `path` inside its first key; None when there is nothing below."""
    rest = path[len(top_level(path)) :].lstrip(".")
    return json_path(rest) if rest else None
