"""Parking events through the platform beside hand-written DuckDB scripts on the same files.

One does what a careful engineer would write for these files alone, which is the goal's floor; the other also keeps what
the platform promises, and says how much of the distance these promises are by themselves.
Belongs here: running the scripts, the goals, what is said of them. Does not belong here: which files, and how often.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import CommandFailed, Measured, run
from benchmarks.parking_files import EVENTS_A_DAY, Format
from benchmarks.result import Result
from warehouse.home import Home
from warehouse.ledger import Ledger

# Issue of speed: what the platform may cost beside a script that a careful engineer writes for these files alone.
WALL, MEMORY = 1.5, 1.25


@dataclass(frozen=True)
class Scripts:
    """What the scripts took: the floor, and that which keeps the promises, with its seconds by step."""

    floor: Measured
    promises: Measured
    promises_steps: Mapping[str, float]


def run_scripts(work: Path, folder: Path, kind: Format) -> Scripts:
    """Both scripts on all files of `folder`."""
    database, out, log = work / "floor.duckdb", work / "promises", work / "log-promises"
    floor = run(_script("parking_floor_script", folder, kind, database), {}, work / "log-floor")
    promises = run(_script("parking_promises_script", folder, kind, out), {}, log)
    database.unlink()
    shutil.rmtree(out)
    return Scripts(floor, promises, json.loads(log.read_text("utf-8").splitlines()[-1])["seconds"])


def _script(name: str, folder: Path, kind: Format, out: Path) -> list[str]:
    return [sys.executable, "-m", f"{__package__}.{name}", str(folder), kind, str(out)]


def require_all_rows(home: Path, folder: Path) -> None:
    """Raises CommandFailed unless every row of the day files was taken in: a run that refuses them is fast."""
    with Ledger.of(Home(home)) as ledger:
        rows = sum(batch.rows_read or 0 for batch in ledger.batches(feed="parking", status="admitted"))
    if rows != len(list(folder.iterdir())) * EVENTS_A_DAY:
        raise CommandFailed(f"{rows} rows were admitted, not all of {folder}")


def results(kind: Format, days: int, scripts: Scripts, ours: Measured, steps: Mapping[str, float]) -> Iterator[Result]:
    """Wall time and memory, from the files to published figures, beside the floor; then, for which no goal is set, the
    promises by themselves beside the floor, and ours beside these."""
    floor, promises = scripts.floor, scripts.promises
    detail = {
        "events": days * EVENTS_A_DAY,
        "files": days,
        "floor": floor.as_json(),
        "promises": promises.as_json(),
        "ours": ours.as_json(),
        "ours_seconds_by_step": steps,
        "promises_seconds_by_step": scripts.promises_steps,
    }
    what = f"parking, {days * EVENTS_A_DAY / 1e6:g} M events, {kind}"
    yield Result(f"{what}: wall time", ours.wall / floor.wall, WALL, detail)
    yield Result(f"{what}: peak memory", ours.peak_mb / floor.peak_mb, MEMORY, detail)
    yield Result(f"{what}: wall time of a script that keeps the promises", promises.wall / floor.wall, None)
    yield Result(f"{what}: wall time beside a script that keeps the promises", ours.wall / promises.wall, None)
