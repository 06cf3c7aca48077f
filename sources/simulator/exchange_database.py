"""A department's front-end database (前置库): exchange tables with change columns, and the views that others poll.

Belongs here: the SQLite file, how changes are written, its address. Does not belong here: any department's
views or rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_EXCHANGE = ("row_guid", "cd_operation", "cd_time", "cd_batch")


@dataclass(frozen=True, slots=True)
class Change:
    """One exchanged row: when it came (naive, district-local), I, U or D, its row id, and the view's own columns."""

    at: datetime
    operation: str
    row_guid: str
    values: Sequence[object]


def write_database(
    path: Path,
    views: Mapping[str, Sequence[str]],
    changes: Mapping[str, Sequence[Change]],
    cut_off: datetime,
    *,
    integers: Collection[str] = (),
) -> bool:
    """Write `views` (name -> columns, without the exchange columns) with all changes up to `cut_off`.

    `cut_off` is naive and district-local; changes are in order of time; the file is replaced at once. Columns in
    `integers` hold numbers, the others text. Returns False when the file held as many rows already. The same changes
    give the same rows in the same order.
    """
    arrived = {
        view: sorted(
            (change for change in rows if change.at <= cut_off), key=lambda change: (change.at, change.row_guid)
        )
        for view, rows in changes.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and _counts(path, views) == {view: len(rows) for view, rows in arrived.items()}:
        return False
    unfinished = path.with_name(path.name + ".part")
    unfinished.unlink(missing_ok=True)
    connection = sqlite3.connect(unfinished, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("BEGIN")
        for view, columns in views.items():
            table = "t_" + view.removeprefix("v_")
            typed = [f"{name} {'INTEGER' if name in integers else 'TEXT'}" for name in (*columns, *_EXCHANGE)]
            connection.execute(f"CREATE TABLE {table} (exchange_id INTEGER PRIMARY KEY, {', '.join(typed)})")
            connection.execute(f"CREATE INDEX i_{table} ON {table} (cd_time)")
            # The view is the interface; the surrogate key stays inside and keeps changes of one second in order.
            names = ", ".join((*columns, *_EXCHANGE))
            connection.execute(f"CREATE VIEW {view} AS SELECT {names} FROM {table} ORDER BY cd_time, exchange_id")
            marks = ", ".join("?" * (len(columns) + len(_EXCHANGE)))
            connection.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({marks})",
                (
                    (
                        *change.values,
                        change.row_guid,
                        change.operation,
                        f"{change.at:%Y-%m-%d %H:%M:%S}",
                        f"{change.at:%Y%m%d%H}",
                    )
                    for change in arrived.get(view, ())
                ),
            )
        connection.execute("COMMIT")
    finally:
        connection.close()
    unfinished.replace(path)
    return True


def _counts(path: Path, views: Iterable[str]) -> dict[str, int]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return {view: int(connection.execute(f"SELECT count(*) FROM {view}").fetchone()[0]) for view in views}
    finally:
        connection.close()


def address(path: Path) -> str:
    """The database URL, read-only, so that a missing file is an error and not an empty database."""
    return f"sqlite:///file:{path}?mode=ro&uri=true"
