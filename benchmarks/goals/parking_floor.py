"""Parking events as day files, from the files to published figures, beside hand-written DuckDB scripts.

All sides read, type, deduplicate, pseudonymise and aggregate the same files; ours also lands, hashes, judges, checks,
keeps provenance and publishes, and the second script does what of that needs no platform. Ratios of wall time and of
peak memory, per format. A year of Parquet files is measured by `growth.py`, which needs the same home for a history.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.district_run import run_feed
from benchmarks.parking_comparison import require_all_rows, results, run_scripts
from benchmarks.parking_files import Format, write_days
from benchmarks.result import Result
from benchmarks.run_log import breakdown

# A year of the district's car parks, 20 million events, takes four minutes a format: DISTRICT_BENCHMARK_DAYS=333. Of 50
# days, 3 million, the fixed costs of a first run are a larger part, so the ratio is above that of a year.
DAYS = int(os.environ.get("DISTRICT_BENCHMARK_DAYS", "50"))
QUICK_DAYS = 10
FORMATS: tuple[Format, ...] = ("csv", "ndjson")
QUICK_FORMATS: tuple[Format, ...] = ("parquet",)


def measure(work: Path, *, quick: bool) -> Iterator[Result]:
    """Two results a format, wall time and memory, and what `benchmarks/promises.py` adds."""
    days = QUICK_DAYS if quick else DAYS
    for kind in QUICK_FORMATS if quick else FORMATS:
        folder = write_days(work / kind, days, kind)
        scripts = run_scripts(work, folder, kind)
        home, log = work / "home", work / f"log-{kind}"
        ours = run_feed(home, folder, "parking", log)
        require_all_rows(home, folder)
        yield from results(kind, days, scripts, ours, breakdown(log))
        shutil.rmtree(folder)
        shutil.rmtree(home)
