"""A full day of heartbeats, every five minutes of every device, from the files to published figures: wall time beside
hand-written scripts on the same files, and peak memory beside what the issue of speed allows."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import promises
from benchmarks.district_run import run_feed
from benchmarks.iot_files import DEVICES, write_day
from benchmarks.measure import CommandFailed, Measured, run
from benchmarks.result import Result
from benchmarks.run_log import breakdown
from warehouse.home import Home
from warehouse.ledger import Ledger

# What the platform may cost beside a script for these files alone, and the memory that a full day may take.
WALL, MEMORY_MB = 1.5, 6 * 1024
_NOT_QUICK = "a day of all devices takes minutes; run without QUICK"


def measure(work: Path, *, quick: bool) -> Iterator[Result]:
    """Wall time as a ratio, peak memory in MB, and what `benchmarks/promises.py` adds; a full day takes minutes, so
    none in the quick run."""
    if quick:
        for what, target in (("wall time", WALL), ("peak memory in MB", MEMORY_MB)):
            yield Result(f"heartbeats of a day: {what}", None, target, {"reason": _NOT_QUICK})
        return
    folder = work / "files"
    beats = write_day(folder, DEVICES)
    database = work / "floor.duckdb"
    script = [sys.executable, "-m", "benchmarks.iot_floor_script", str(folder), str(database)]
    floor = run(script, {}, work / "log-floor")
    database.unlink()
    kept = promises.run_promises(work, "iot_promises_script", str(folder))
    ours = _ours(work, folder, beats)
    detail = {
        "heartbeats": beats,
        "files": "hourly Parquet, zstd",
        "floor": floor.as_json(),
        "ours": ours.as_json(),
        "ours_seconds_by_step": breakdown(work / "log"),
    }
    what = f"heartbeats of a day, {beats / 1e6:.1f} M"
    yield Result(f"{what}: wall time", ours.wall / floor.wall, WALL, detail)
    yield Result(f"{what}: peak memory in MB", ours.peak_mb, MEMORY_MB, detail)
    yield from promises.results(what, floor, kept, ours)


def _ours(work: Path, folder: Path, beats: int) -> Measured:
    home = work / "home"
    measured = run_feed(home, folder, "iot_nodes", work / "log")
    with Ledger.of(Home(home)) as ledger:
        batches = ledger.batches(feed="iot_nodes", entity="iot_heartbeat", status="admitted")
        rows = sum(batch.rows_read or 0 for batch in batches)
    if rows != beats:  # a run that refuses its deliveries is fast
        raise CommandFailed(f"{rows} of {beats} heartbeats were admitted")
    shutil.rmtree(home)
    return measured
