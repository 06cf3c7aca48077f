"""Opening the ledger, and its transactions.

Belongs here: connecting to SQLite or PostgreSQL and their settings. Does not belong here: the methods themselves
(`audit.py`, `batches.py`, `checks.py`, `publications.py`), which `Ledger` and `LedgerTransaction` share.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import adbc_driver_manager
import pyarrow as pa
import sqlalchemy as sa
import stamina

from warehouse.home import Home
from warehouse.ledger.access import BUSY_SECONDS, LedgerUnreadable
from warehouse.ledger.audit import AuditMethods
from warehouse.ledger.batches import BatchMethods
from warehouse.ledger.checks import CheckMethods
from warehouse.ledger.corrections import CorrectionMethods
from warehouse.ledger.export import export_tables
from warehouse.ledger.findings import FindingMethods
from warehouse.ledger.notifications import NotificationMethods
from warehouse.ledger.owner_actions import OwnerMethods
from warehouse.ledger.partitions import PartitionMethods
from warehouse.ledger.publications import ContractMethods, RunMethods, SnapshotMethods
from warehouse.ledger.schema import bring_up_to_date, missing_parts
from warehouse.ledger.schema.publications import revision, seal
from warehouse.ledger.sealing import adopt
from warehouse.ledger.sign_offs import SignOffMethods
from warehouse.ledger.statistics import StatisticMethods

# One writer at a time, as SQLite has it of itself; any constant does.
_POSTGRESQL_WRITER_LOCK = 310105
# What SQLite says of a damaged file, among much else under the same exception.
_DAMAGED = ("malformed", "not a database", "UTF-8", "unsupported file format")


class _Methods(
    AuditMethods,
    BatchMethods,
    CheckMethods,
    ContractMethods,
    CorrectionMethods,
    FindingMethods,
    NotificationMethods,
    OwnerMethods,
    PartitionMethods,
    RunMethods,
    SignOffMethods,
    SnapshotMethods,
    StatisticMethods,
):
    """All methods of the ledger."""


class LedgerTransaction(_Methods):
    """The ledger's methods within one transaction; made by `Ledger.begin()`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        yield self._connection

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        yield self._connection


class Ledger(_Methods):
    """The ledger in a database; tables are created or brought up to date on opening. Safe to share by threads."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        with self._reading() as connection:
            complete = not missing_parts(connection)
        if not complete:
            with self._writing() as connection:
                added = {str(part) for part in bring_up_to_date(connection)}
                chain = str(revision.c.row_hash) in added
                if chain or str(seal) in added:
                    adopt(connection, chain=chain)

    @classmethod
    def of(cls, home: Home) -> Ledger:
        """The ledger of a home."""
        return cls(home.ledger_url)

    @contextmanager
    def begin(self) -> Iterator[LedgerTransaction]:
        """Several methods in one transaction: all or, on an exception, none of them takes effect."""
        with self._writing() as connection:
            yield LedgerTransaction(connection)

    def export(self, home: Home, names: Collection[str] | None = None) -> list[Path]:
        """Write the tables `names`, or every one, as of one moment, to `home.ledger_views/<table>.parquet`; returns
        the files."""
        with self._reading() as connection:
            return export_tables(connection, home, names)

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect() as connection:
                if connection.dialect.name == "postgresql":
                    connection = connection.execution_options(isolation_level="REPEATABLE READ")
                with connection.begin():
                    yield connection
        except (sa.exc.DatabaseError, adbc_driver_manager.Error, UnicodeDecodeError, pa.ArrowInvalid) as error:
            said = str(getattr(error, "orig", error))
            if isinstance(error, ValueError) or any(word in said for word in _DAMAGED):
                raise LedgerUnreadable(self._engine.url, error) from error
            raise

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with self._engine.connect() as connection, connection.execution_options(ledger_writes=True).begin():
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_POSTGRESQL_WRITER_LOCK)))
            yield connection


def _engine(url: str) -> sa.Engine:
    address = sa.make_url(url)
    if address.drivername in ("postgresql", "postgres"):
        address = address.set(drivername="postgresql+psycopg")  # the driver that we install
    if address.get_backend_name() == "postgresql":
        return sa.create_engine(address, pool_pre_ping=True)
    if address.get_backend_name() != "sqlite" or not address.database:
        raise ValueError(
            f"DISTRICT_OPS_URL 只支持 sqlite:///<路径> 或 postgresql+psycopg://…，实际为 {address.drivername}。"
            f" / DISTRICT_OPS_URL takes sqlite:///<path> or postgresql+psycopg://..., not {address.drivername}."
        )
    Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(address, connect_args={"timeout": BUSY_SECONDS})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # we send BEGIN ourselves: the driver's own is too late for reads and for DDL
    cursor = connection.cursor()
    # Processes that open a new ledger together: SQLite does not wait at this switch, whatever its busy time-out.
    for attempt in stamina.retry_context(
        on=sqlite3.OperationalError, attempts=None, timeout=BUSY_SECONDS, wait_max=0.5
    ):
        with attempt:
            cursor.execute("PRAGMA journal_mode = WAL")  # readers go on while one writes
    cursor.execute("PRAGMA synchronous = FULL")  # a decision survives a power cut, as the renamed files do
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # A writer takes its place at once; upgrading a read later would fail when another wrote in between.
    writes = connection.get_execution_options().get("ledger_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
