"""Parking events through the platform beside one hand-written DuckDB script on the same files.

Belongs here: running the script, the goals, what is said of a pair. Does not belong here: which files, and how often.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.measure import CommandFailed, Measured, run
from benchmarks.parking_files import EVENTS_A_DAY, Format
from benchmarks.result import Result
from warehouse.home import Home
from warehouse.ledger import Ledger

_SCRIPT = Path(__file__).resolve().with_name("parking_floor_script.py")
# Issue of speed: what the platform may cost beside a script that a careful engineer writes for these files alone.
WALL, MEMORY = 1.5, 1.25


def run_floor(work: Path, folder: Path, kind: Format) -> Measured:
    """The script on all files of `folder`."""
    database = work / "floor.duckdb"
    measured = run([sys.executable, str(_SCRIPT), str(folder), kind, str(database)], {}, work / "log-floor")
    database.unlink()
    return measured


def require_all_rows(home: Path, folder: Path) -> None:
    """Raises CommandFailed unless every row of the day files was taken in: a run that refuses them is fast."""
    with Ledger.of(Home(home)) as ledger:
        rows = sum(batch.rows_read or 0 for batch in ledger.batches(feed="parking", status="admitted"))
    if rows != len(list(folder.iterdir())) * EVENTS_A_DAY:
        raise CommandFailed(f"{rows} rows were admitted, not all of {folder}")


def results(kind: Format, days: int, floor: Measured, ours: Measured, steps: Mapping[str, float]) -> Iterator[Result]:
    """Two results: wall time and memory, from the files to published figures."""
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
