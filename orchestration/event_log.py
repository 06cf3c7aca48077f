"""Dagster's own SQLite storage with its connections kept open: the same files, the same tables, a tenth of the time.

Belongs here: how Dagster's event log reaches its files. Does not belong here: our ledger, what is logged.

Dagster makes an engine, opens the file, flushes the disk and closes again up to three times for each event, and a run
of the district has thousands (one for each asset and each check that is planned, one for each that happened). It is a
record of what ran, rebuilt by nobody: flushing it at checkpoints of the write-ahead log is enough, and a loss of power
costs its last moments, never its consistency. What must survive is in the ledger, which flushes each decision.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sql import create_engine
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData

# The index and the run at work; the pages look at single other runs. Each costs two open files.
_OPEN_AT_ONCE = 8


class KeptOpenEventLog(SqliteEventLogStorage):
    """Dagster's event log; `_connect` is upstream's, but for making an engine each time."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Any] = OrderedDict()
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> KeptOpenEventLog:
        """As Dagster makes it from `dagster.yaml` and from what one of its processes hands to another."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Any]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection:
                # Flushed at checkpoints of the write-ahead log; SQLite takes it outside of transactions only.
                connection.connection.driver_connection.execute("PRAGMA synchronous = NORMAL")
                with connection.begin():
                    yield connection

    def has_table(self, table_name: str) -> bool:
        """Upstream's, which is asked for each event of a check; a table that is there stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def wipe(self) -> None:
        """Upstream's, which deletes the files: none may stay open."""
        self._close()
        super().wipe()

    def dispose(self) -> None:
        """Close the files."""
        self._close()
        super().dispose()

    def _engine(self, shard: str) -> Any:
        engine = self._engines.get(shard)
        if engine is None:
            engine = create_engine(
                self.conn_string_for_shard(shard), connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
            )
            self._engines[shard] = engine
            if len(self._engines) > _OPEN_AT_ONCE:
                self._engines.popitem(last=False)[1].dispose()
        self._engines.move_to_end(shard)
        return engine

    def _close(self) -> None:
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()


class KeptOpenStorage(DagsterSqliteStorage):
    """What `dagster.yaml` names under `storage: custom`: Dagster's own, with the event log above."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = KeptOpenEventLog(self._event_log_storage._base_dir)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Any) -> KeptOpenStorage:
        """As Dagster makes it from `dagster.yaml`."""
        return cls.from_local(inst_data=inst_data, **config_value)
