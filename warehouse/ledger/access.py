"""How the ledger's methods reach the database, in an own transaction or in a common one.

Belongs here: the base of the method classes and the translation between records and rows. Does not belong here:
any table's rules.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record")
# Writers hold the database for milliseconds; a minute means that something is stuck.
BUSY_SECONDS = 60


class LedgerConflict(RuntimeError):
    """The ledger's state forbids what was asked, e.g. deciding a batch that is already admitted."""


class LedgerUnreadable(RuntimeError):
    """The ledger's file is damaged. `zh` and `en` name it and the remedy."""

    def __init__(self, url: sa.URL, error: Exception) -> None:
        place = url.render_as_string(hide_password=True)
        cause = getattr(error, "orig", None) or error
        self.zh = f"台账数据库已损坏，无法读取：{place}（{cause}）。请从备份恢复。"
        self.en = f"The ledger is damaged and cannot be read: {place} ({cause}). Restore it from a backup."
        super().__init__(f"{self.zh} / {self.en}")


class Access(ABC):
    """A class whose methods run either each in its own transaction (`Ledger`) or all in one (`LedgerTransaction`)."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[sa.Connection]:
        """A connection that sees one state of the database throughout."""

    @abstractmethod
    def _writing(self) -> AbstractContextManager[sa.Connection]:
        """A connection whose changes become visible together or not at all."""

    def _records(self, kind: type[Record], statement: sa.Select[Any]) -> list[Record]:
        with self._reading() as connection:
            return [kind(**row) for row in connection.execute(statement).mappings()]


def insert(connection: sa.Connection, table: sa.Table, rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows given as mappings; none is fine."""
    values = list(rows)
    if values:
        connection.execute(sa.insert(table), values)


def rows_of(connection: sa.Connection, statement: sa.Select[Any]) -> list[dict[str, Any]]:
    """The rows of a query as plain mappings, column name to Python value."""
    return [dict(row._mapping) for row in connection.execute(statement)]


def row_of(record: DataclassInstance, **more: Any) -> dict[str, Any]:
    """A record as a row, with columns that the record does not carry."""
    return asdict(record) | more


def columns_of(table: sa.Table, *without: str) -> list[sa.Column[Any]]:
    """The table's columns except those that the record does not carry."""
    return [column for column in table.columns if column.name not in without]
