"""Lines of NDJSON deliveries as faults change them.

Belongs here: reading and writing lines as departments write them. Does not belong here: any fault (`kinds/`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def lines(path: Path) -> list[Row]:
    """The records of an NDJSON file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def ndjson(rows: Sequence[Row]) -> bytes:
    """The records as NDJSON in the departments' own manner: UTF-8, one line each."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def at_least(rows: int) -> Any:
    """Whether a delivery has so many lines: a few wrong rows then stay below what holds a batch as a whole."""

    def fits(path: Path) -> bool:
        with path.open("rb") as file:
            return sum(1 for _ in file) >= rows

    return fits
