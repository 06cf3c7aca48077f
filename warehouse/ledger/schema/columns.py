"""What the tables of the ledger are made of: kinds of columns, and the metadata that collects the tables.

Does not belong here: the tables. Times are stored as UTC without a zone, so that dbt reads them as plain TIMESTAMP.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa


class UtcTimestamp(sa.types.TypeDecorator[datetime]):
    """Aware datetimes in Python, UTC without zone in the database. A naive time is refused: its zone is unknown."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """To the database: UTC without zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"时间缺少时区：{value!r} / a time without a zone cannot enter the ledger: {value!r}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """From the database: aware, UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


# SQLite numbers rows by itself only for a column of type INTEGER.
SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")

metadata = sa.MetaData()

APPEND_ONLY: Final = {"append_only": True}
"""`info` of a table whose rows never change: its triggers refuse it."""


def text(name: str, *, null: bool = False) -> sa.Column[str]:
    """A column of text."""
    return sa.Column(name, sa.Text, nullable=null)


def whole(name: str, *, null: bool = False) -> sa.Column[int]:
    """A column of whole numbers, 64 bits."""
    return sa.Column(name, sa.BigInteger, nullable=null)


def time(name: str, *, null: bool = False) -> sa.Column[datetime]:
    """A column of moments, see UtcTimestamp."""
    return sa.Column(name, UtcTimestamp, nullable=null)


def one_of(name: str, *words: str) -> sa.CheckConstraint:
    """The rule that the column `name` holds one of `words`."""
    return sa.CheckConstraint(f"{name} IN ({', '.join(repr(word) for word in words)})", name=f"{name}_word")
