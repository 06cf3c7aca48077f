"""Opening a snapshot and asking it questions.

Belongs here: which file is read, the connections, running one query. Does not belong here: what to ask
(the neighbouring modules).
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb
import pyarrow as pa

from warehouse.home import Home

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record", bound="DataclassInstance")
Parameters = Sequence[Any] | Mapping[str, Any]

# Readers of the last snapshots go on while new ones come; older connections close when their last reader is gone.
_KEPT_CONNECTIONS = 4
_connections: OrderedDict[str, duckdb.DuckDBPyConnection] = OrderedDict()
_lock = threading.Lock()


class NothingPublished(RuntimeError):
    """The home has no snapshot yet. `zh` and `en` say what to do."""

    def __init__(self, home: Home) -> None:
        self.zh = f"{home.published} 中尚无已发布的数据。请先运行 make demo 或 district run，发布完成后刷新本页。"
        self.en = f"Nothing is published in {home.published} yet. Run make demo or district run, then reload."
        super().__init__(f"{self.zh} / {self.en}")


class UnknownSnapshot(LookupError):
    """No such snapshot in the home. `zh` and `en` name it."""

    def __init__(self, home: Home, snapshot_id: str) -> None:
        self.zh = f"{home.published} 中没有编号为 {snapshot_id} 的发布，请从发布列表中选择。"
        self.en = f"There is no publication {snapshot_id} in {home.published}; choose one from the list."
        super().__init__(f"{self.zh} / {self.en}")


class SnapshotReader:
    """One whole snapshot, immutable: whatever is published meanwhile, all answers of a reader belong together.

    Without `snapshot_id` it is the one that is current at this moment. Cheap to make (the connection is shared by
    all readers of the same file) and safe to use from many threads.
    """

    def __init__(self, home: Home, snapshot_id: str | None = None) -> None:
        self.home = home
        if snapshot_id is None:
            try:
                # The link is read once: everything after uses the file that it named then.
                name = os.readlink(home.current_snapshot)
            except FileNotFoundError:
                raise NothingPublished(home) from None
            self.path = home.published / name
        else:
            self.path = home.published / f"{snapshot_id}.duckdb"
        self.snapshot_id = self.path.stem
        # An id comes from an address bar: it may only name a file of this folder.
        if self.path.parent.resolve() != home.published.resolve() or not self.path.is_file():
            raise UnknownSnapshot(home, self.snapshot_id)
        self._connection = _connection(self.path)

    def query(self, sql: str, parameters: Parameters = ()) -> pa.Table:
        """The answer as an Arrow table. `parameters` fill `?` (sequence) or `$name` (mapping)."""
        return self._execute(sql, parameters).to_arrow_table()

    def rows(self, sql: str, parameters: Parameters = ()) -> list[dict[str, Any]]:
        """The answer as plain mappings, column name to Python value (timestamps are UTC, naive)."""
        cursor = self._execute(sql, parameters)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def records(self, kind: type[Record], sql: str, parameters: Parameters = ()) -> list[Record]:
        """The answer as records of a dataclass whose fields are named like the columns; other columns are left out."""
        names = {field.name for field in fields(kind)}
        return [
            kind(**{name: value for name, value in row.items() if name in names}) for row in self.rows(sql, parameters)
        ]

    def _execute(self, sql: str, parameters: Parameters) -> duckdb.DuckDBPyConnection:
        # One cursor a query: results of a shared connection would overwrite each other.
        return self._connection.cursor().execute(sql, parameters)


def _connection(path: Path) -> duckdb.DuckDBPyConnection:
    """The process's connection to a snapshot. Paths are never used twice for different contents."""
    key = str(path)
    with _lock:
        connection = _connections.get(key)
        if connection is None:
            # Read-only and closed off: a query of a page can neither write nor reach other files.
            connection = _connections[key] = duckdb.connect(
                key, read_only=True, config={"enable_external_access": "false", "lock_configuration": "true"}
            )
        _connections.move_to_end(key)
        while len(_connections) > _KEPT_CONNECTIONS:
            _connections.popitem(last=False)  # dropped, not closed: readers may still hold it
        return connection
