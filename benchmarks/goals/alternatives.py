"""Ours beside what a user would pick instead, on the same CSV files: pandas, dlt, a plain Dagster and dbt project.

Ours is the whole `district run`: landing, hashing, rejects, checks, every layer of all indicators, publishing. The
others read, type and aggregate one feed. No target: the issue of speed asks to see them beside each other.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from benchmarks.district_run import run_feed
from benchmarks.measure import Measured, median, run
from benchmarks.parking_files import EVENTS_A_DAY, write_days
from benchmarks.result import Result

HERE = Path(__file__).resolve().parents[1]
DAYS = 10  # the slowest ends within a minute
ROUNDS = 1
DLT = {
    "dlt, pyarrow batches, append": "append",
    "dlt, pyarrow batches, merge": "merge",
    "dlt, filesystem source, merge": "filesystem",
}
_PLAIN = "a plain Dagster and dbt project"


def measure(work: Path, *, quick: bool) -> Iterator[Result]:
    """One result an alternative: our wall time over its."""
    commands = {"pandas": ["-m", "benchmarks.alternatives.pandas_frames"]}
    commands |= {name: ["-m", "benchmarks.alternatives.dlt_pipeline"] for name in DLT}
    if quick:
        for name in (*commands, _PLAIN):
            yield Result(_goal(name), None, None, {"reason": "all of them take minutes; run without QUICK"})
        return
    folder = write_days(work / "files", DAYS, "csv")
    ours = [_ours(work, folder) for _ in range(ROUNDS)]
    for name, command in commands.items():
        if name in DLT and find_spec("dlt") is None:
            reason = "dlt is not installed: pip install -r requirements-bench.lock, or make bench"
            yield Result(_goal(name), None, None, {"reason": reason})
            continue
        theirs = [_script(work, folder, command, DLT.get(name)) for _ in range(ROUNDS)]
        yield _beside(name, folder, ours, theirs)
    yield _beside(_PLAIN, folder, ours, [_plain(work, folder) for _ in range(ROUNDS)])


def _goal(name: str) -> str:
    return f"parking CSV, ours beside {name}: wall time"


def _beside(name: str, folder: Path, ours: list[Measured], theirs: list[Measured]) -> Result:
    ratios = [mine.wall / other.wall for mine, other in zip(ours, theirs, strict=True)]
    files = len(list(folder.iterdir()))
    return Result(
        _goal(name),
        median(ratios),
        None,
        {
            "spread": (min(ratios), max(ratios)),
            "events": files * EVENTS_A_DAY,
            "ours": [one.as_json() for one in ours],
            "theirs": [one.as_json() for one in theirs],
        },
    )


def _ours(work: Path, folder: Path) -> Measured:
    home = work / "home"
    measured = run_feed(home, folder, "parking", work / "log")
    shutil.rmtree(home)
    return measured


def _script(work: Path, folder: Path, command: list[str], way: str | None) -> Measured:
    out = work / "theirs.duckdb"
    arguments = [str(folder), str(out), *([way] if way else [])]
    measured = run([sys.executable, *command, *arguments], {}, work / "log")
    out.unlink()
    return measured


def _plain(work: Path, folder: Path) -> Measured:
    place = work / "plain"
    if not place.exists():
        shutil.copytree(HERE / "alternatives" / "plain_project", place)
        (place / "dagster").mkdir()
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",  # dagster-dbt looks for dbt there
        "DAGSTER_HOME": str(place / "dagster"),
        "DAGSTER_DISABLE_TELEMETRY": "true",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "PLAIN_DATABASE": str(place / "plain.duckdb"),
        "PLAIN_TARGET": str(place / "target"),
        "PLAIN_FILES": str(folder),
    }
    dagster = [str(Path(sys.executable).with_name("dagster")), "asset"]
    where = ["-f", str(place / "definitions.py")]
    if not (place / "target").exists():
        run([*dagster, "list", *where], environment, work / "log")  # parses: a project that is in use has been
    return run([*dagster, "materialize", "--select", "*", *where], environment, work / "log")
