"""Parking events through the platform beside hand-written DuckDB scripts on the same files.

One does what a careful engineer would write for these files alone, which is the goal's floor; the other also keeps what
the platform promises, and says how much of the distance these promises are by themselves.
Belongs here: running the scripts, the goals, what is said of them. Does not belong here: which files, and how often.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import promises
from benchmarks.measure import CommandFailed, Measured, run
from benchmarks.parking_files import EVENTS_A_DAY, Format
from benchmarks.result import Result
from warehouse.home import Home
from warehouse.ledger import Ledger

# Issue of speed: what the platform may cost beside a script that a careful engineer writes for these files alone.
WALL, MEMORY = 1.5, 1.25


@dataclass(frozen=True)
class Scripts:
    """What the scripts took: the floor, and where asked for that which keeps the promises."""

    floor: Measured
    promises: promises.Promises | None


def run_scripts(work: Path, folder: Path, kind: Format) -> Scripts:
    """The scripts on all files of `folder`."""
    database = work / "floor.duckdb"
    script = [sys.executable, "-m", f"{__package__}.parking_floor_script"]
    floor = run([*script, str(folder), kind, str(database)], {}, work / "log-floor")
    database.unlink()
    return Scripts(floor, promises.run_promises(work, "parking_promises_script", str(folder), kind))


def require_all_rows(home: Path, folder: Path) -> None:
    """Raises CommandFailed unless every row of the day files was taken in: a run that refuses them is fast."""
    with Ledger.of(Home(home)) as ledger:
        rows = sum(batch.rows_read or 0 for batch in ledger.batches(feed="parking", status="admitted"))
    if rows != len(list(folder.iterdir())) * EVENTS_A_DAY:
        raise CommandFailed(f"{rows} rows were admitted, not all of {folder}")


def results(kind: Format, days: int, scripts: Scripts, ours: Measured, steps: Mapping[str, float]) -> Iterator[Result]:
    """Wall time and memory beside the floor, from the files to published figures, and what `promises.py` adds."""
    floor = scripts.floor
    detail = {
        "events": days * EVENTS_A_DAY,
        "files": days,
        "floor": floor.as_json(),
        "ours": ours.as_json(),
        "ours_seconds_by_step": steps,
    }
    what = f"parking, {days * EVENTS_A_DAY / 1e6:g} M events, {kind}"
    yield Result(f"{what}: wall time", ours.wall / floor.wall, WALL, detail)
    yield Result(f"{what}: peak memory", ours.peak_mb / floor.peak_mb, MEMORY, detail)
    yield from promises.results(what, floor, scripts.promises, ours)
