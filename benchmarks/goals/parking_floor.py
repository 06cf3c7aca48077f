"""Parking events as day files, from the files to published figures, beside one hand-written DuckDB script.

Both sides read, type, deduplicate, pseudonymise and aggregate the same files; ours also lands, hashes, judges, checks,
keeps provenance and publishes. Ratios of wall time and of peak memory, per format.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.district_run import run_feed
from benchmarks.measure import CommandFailed, Measured, median, run
from benchmarks.parking_files import EVENTS_A_DAY, FORMATS, Format, write_days
from benchmarks.result import Result
from benchmarks.run_log import breakdown
from warehouse.home import Home
from warehouse.ledger import Ledger

HERE = Path(__file__).resolve().parents[1]
# Issue of speed: what the platform may cost beside a script that a careful engineer writes for these files alone.
WALL, MEMORY = 1.5, 1.25
# 20 million events are a year of the district's car parks; the quick run is ten days.
DAYS, QUICK_DAYS = 333, 10
ROUNDS = 1  # a round of the whole year takes minutes; the spread is over formats


def measure(work: Path, *, quick: bool) -> Iterator[Result]:
    """Two results a format: wall time and memory."""
    days = QUICK_DAYS if quick else DAYS
    for kind in FORMATS:
        folder = write_days(work / kind, days, kind)
        pairs = [(_floor(work, folder, kind), _ours(work, folder, work / f"log-{kind}")) for _ in range(ROUNDS)]
        shutil.rmtree(folder)
        steps = breakdown(work / f"log-{kind}")
        sides = {"floor": [floor.as_json() for floor, _ in pairs], "ours": [ours.as_json() for _, ours in pairs]}
        detail = {"events": days * EVENTS_A_DAY, "files": days, **sides, "ours_seconds_by_step": steps}
        walls = [ours.wall / floor.wall for floor, ours in pairs]
        peaks = [ours.peak_mb / floor.peak_mb for floor, ours in pairs]
        what = f"parking, {days * EVENTS_A_DAY / 1e6:g} M events, {kind}"
        yield Result(f"{what}: wall time", median(walls), WALL, {**detail, "spread": (min(walls), max(walls))})
        yield Result(f"{what}: peak memory", median(peaks), MEMORY, {**detail, "spread": (min(peaks), max(peaks))})


def _floor(work: Path, folder: Path, kind: Format) -> Measured:
    database = work / "floor.duckdb"
    measured = run(
        [sys.executable, str(HERE / "parking_floor_script.py"), str(folder), kind, str(database)], {}, work / "log"
    )
    database.unlink()
    return measured


def _ours(work: Path, folder: Path, log: Path) -> Measured:
    home = work / "home"
    measured = run_feed(home, folder, "parking", log)
    with Ledger.of(Home(home)) as ledger:
        rows = sum(batch.rows_read or 0 for batch in ledger.batches(feed="parking", status="admitted"))
    if rows != len(list(folder.iterdir())) * EVENTS_A_DAY:  # a run that refuses its deliveries is fast
        raise CommandFailed(f"{rows} rows were admitted, not all of {folder}")
    shutil.rmtree(home)
    return measured
