"""A delivered value inside SQL, and the columns that lead from it to its typed value.

Belongs here: the records that mapping, values and judgement share. Does not belong here: any expression.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in a scan: SQL in the scan's scope, its DuckDB type, the factor to the field's unit that the file
    states."""

    sql: str
    type: str
    factor: Decimal | None = None


class Steps:
    """Columns of subqueries between text and value, by level: those of one level may use those of the levels before."""

    def __init__(self) -> None:
        self.levels: dict[int, list[str]] = {}
        self._count = 0

    def add(self, level: int, sql: str) -> str:
        """Compute `sql` once, as a column of `level`; gives the column's name."""
        name = f"x{self._count}"
        self._count += 1
        self.levels.setdefault(level, []).append(f"{sql} AS {name}")
        return name


def is_text(kind: str) -> bool:
    """Whether a DuckDB type is text."""
    return kind in ("VARCHAR", "JSON") or kind.startswith("ENUM")


def as_text(cell: Cell) -> str:
    """The cell as text."""
    return cell.sql if cell.type == "VARCHAR" else f"CAST({cell.sql} AS VARCHAR)"
