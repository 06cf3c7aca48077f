"""What a public table is: its columns, their types and meanings, its key. Does not belong here: the tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column: DuckDB type, meaning, and whether it differs between two runs over the same inputs."""

    name: str
    type: str
    zh: str
    en: str
    volatile: bool = False


@dataclass(frozen=True, slots=True)
class PublicTable:
    """One public table. `key` names the columns that identify a row; publishing refuses duplicates."""

    name: str
    zh: str
    en: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    volatile: bool = False
    """Whether the whole table tells of runs rather than of data."""

    def create_statement(self) -> str:
        """CREATE TABLE with typed columns; key columns are NOT NULL."""
        lines = (f'"{c.name}" {c.type}{" NOT NULL" if c.name in self.key else ""}' for c in self.columns)
        return f"CREATE TABLE main.{self.name} ({', '.join(lines)})"
