"""Which snapshot readers see.

Belongs here: putting a finished file into `published/` and pointing `current.duckdb` at one, each in one atomic step.
Does not belong here: what the ledger says of snapshots (`publishing.py`, `recovery.py`).
"""

from __future__ import annotations

import os
from pathlib import Path

from warehouse.home import Home
from warehouse.publish.snapshot_file import flush


def snapshot_path(home: Home, snapshot_id: str) -> Path:
    """Where the file of a snapshot lies."""
    return home.published / f"{snapshot_id}.duckdb"


def put_in_place(home: Home, finished: Path, snapshot_id: str) -> Path:
    """Rename a finished, flushed file into `published/`; both must lie on one file system (the workspace does)."""
    target = snapshot_path(home, snapshot_id)
    home.published.mkdir(parents=True, exist_ok=True)
    finished.chmod(0o444)  # immutable from here on
    os.rename(finished, target)
    flush(home.published)
    return target


def switch_to(home: Home, snapshot_id: str) -> None:
    """Point `current.duckdb` at a snapshot: a new symlink is renamed over the old one; readers see either."""
    target = snapshot_path(home, snapshot_id)
    if not target.is_file():
        raise FileNotFoundError(f"快照文件不存在：{target} / the snapshot file does not exist: {target}")
    aside = home.published / f".current-{os.getpid()}"
    aside.unlink(missing_ok=True)
    aside.symlink_to(target.name)  # relative: the home may be moved
    os.replace(aside, home.current_snapshot)
    flush(home.published)


def current_snapshot_id(home: Home) -> str | None:
    """The id of the snapshot that readers see; None before the first publish."""
    link = home.current_snapshot
    return Path(os.readlink(link)).stem if link.is_symlink() else None
