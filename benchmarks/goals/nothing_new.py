"""A run that finds nothing new, beside the bare imports of Dagster and its dbt integration."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import median, run
from benchmarks.parking_files import write_days
from benchmarks.result import Result

HERE = Path(__file__).resolve().parents[1]
# The imports cannot be saved by whoever runs through Dagster; looking at what is there may cost as much again.
TARGET = 2.0
ROUNDS, QUICK_ROUNDS = 5, 2


def measure(work: Path, *, quick: bool) -> Iterator[Result]:
    """One result: the median of pairs measured in turn."""
    environment = {
        "DISTRICT_HOME": str(work / "home"),
        "DISTRICT_FEEDS": str(HERE / "feeds"),
        "DISTRICT_BENCHMARK_DATA": str(write_days(work / "files", 1, "parquet")),
    }
    ours = [sys.executable, "-m", "orchestration.cli.main", "run", "--feed", "parking", "--as-of", "2023-06-30"]
    imports = [sys.executable, "-c", "import dagster, dagster_dbt"]
    first = run(ours, environment, work / "log")
    pairs = [
        (run(imports, environment, work / "log"), run(ours, environment, work / "log"))
        for _ in range(QUICK_ROUNDS if quick else ROUNDS)
    ]
    ratios = [mine.wall / bare.wall for bare, mine in pairs]
    yield Result(
        "a run with nothing new, beside the imports of Dagster and dagster-dbt",
        median(ratios),
        TARGET,
        {
            "spread": (min(ratios), max(ratios)),
            "imports_s": [round(bare.wall, 2) for bare, _ in pairs],
            "nothing_new_s": [round(mine.wall, 2) for _, mine in pairs],
            "first_run_s": round(first.wall, 2),
        },
    )
