"""Moving what admission wrote from the workspace to where it is read, and clearing what a crash left there.

Belongs here: renames within the home. Does not belong here: deciding (`admission/`), the ledger's transaction
(`intake.py`), which alone makes moved files count.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from warehouse.fingerprint import files_sha256
from warehouse.home import Home
from warehouse.ledger import Batch

ROWS = "rows"
REJECTS = "rejects.parquet"
FAILED_ROWS = "failed_rows"


def place(home: Home, workspace: Path, *, feed: str, entity: str, batch_id: str, admitted: bool) -> None:
    """Rename the rows into `raw` or `held`, the rejects and failing rows into their restricted folders.

    `workspace` is admission's: `rows/dt=<day>/batch=<id>/part-*.parquet`, `rejects.parquet`, `failed_rows/*.parquet`.
    Doing it again after a crash gives the same.
    """
    clear(home, feed=feed, entity=entity, batch_id=batch_id)
    target = home.raw / feed / entity if admitted else home.held / batch_id
    for day in sorted((workspace / ROWS).glob("dt=*")):
        (target / day.name).mkdir(parents=True, exist_ok=True)
        for part in day.iterdir():
            part.rename(target / day.name / part.name)
    if (workspace / REJECTS).is_file():
        rejects = _rejects(home, feed, entity, batch_id)
        rejects.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (workspace / REJECTS).rename(rejects)
        rejects.chmod(0o600)
    if (workspace / FAILED_ROWS).is_dir() and any((workspace / FAILED_ROWS).iterdir()):
        (workspace / FAILED_ROWS).rename(home.failed_rows / batch_id)


def partition_hashes(
    home: Home, *, feed: str, entity: str, batch_id: str, admitted: bool, days: Iterable[date]
) -> dict[date, str | None]:
    """The hash of each day's files of a placed batch: what the ledger keeps, and `district verify` compares."""
    target = home.raw / feed / entity if admitted else home.held / batch_id
    return {day: files_sha256(sorted((target / f"dt={day}" / f"batch={batch_id}").glob("*.parquet"))) for day in days}


def clear(home: Home, *, feed: str, entity: str, batch_id: str) -> None:
    """Remove every file of a batch that is not decided; landed bytes stay."""
    clear_rows(home, feed=feed, entity=entity, batch_id=batch_id)
    shutil.rmtree(home.held / batch_id, ignore_errors=True)
    shutil.rmtree(home.failed_rows / batch_id, ignore_errors=True)
    _rejects(home, feed, entity, batch_id).unlink(missing_ok=True)


def clear_rows(home: Home, *, feed: str, entity: str, batch_id: str) -> None:
    """Remove a batch's rows from `raw`."""
    for folder in (home.raw / feed / entity).glob(f"dt=*/batch={batch_id}"):
        shutil.rmtree(folder)
        if not any(folder.parent.iterdir()):
            folder.parent.rmdir()


def clear_strays(home: Home, unfinished: Iterable[Batch], held: Iterable[Batch]) -> None:
    """After a crash: undecided batches have no files, held ones none in `raw`, and nobody else's lie in `held`."""
    for batch in unfinished:
        clear(home, feed=batch.feed, entity=batch.entity, batch_id=batch.batch_id)
    kept = set()
    for batch in held:
        kept.add(batch.batch_id)
        clear_rows(home, feed=batch.feed, entity=batch.entity, batch_id=batch.batch_id)
    for folder in home.held.iterdir():
        if folder.name not in kept:
            shutil.rmtree(folder)


def _rejects(home: Home, feed: str, entity: str, batch_id: str) -> Path:
    return home.rejects / feed / entity / f"{batch_id}.parquet"
