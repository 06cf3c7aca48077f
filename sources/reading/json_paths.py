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


def literal_keys(path: str) -> list[str]:
    """JSONPaths of keys that have the dots themselves: one called like the whole of a dotted path (`PM2.5`,
    `Temp [C]`), then those below its first steps (`values.PM2.5`); none where the path is a plain key."""
    whole = path.replace('"', "")
    if not re.search(r"[.\[]", whole):
        return []
    steps = [match.end() for match in _STEP.finditer(whole)][:-1]
    inner = [(whole[:end], whole[end:].removeprefix(".")) for end in steps]
    return [f'$."{whole}"', *(f'{json_path(head)}."{rest}"' for head, rest in inner if re.search(r"[.\[]", rest))]


def below_top(path: str) -> str | None:
    """JSONPath of `path` inside its first key; None when there is nothing below."""
    rest = path[len(top_level(path)) :].lstrip(".")
    return json_path(rest) if rest else None
