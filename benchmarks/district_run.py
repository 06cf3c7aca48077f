"""`district run` of the benchmark's feeds, in a home of its own.

Belongs here: the command and its environment. Does not belong here: what is delivered (`parking_files.py`,
`iot_files.py`), measuring (`measure.py`).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.measure import Measured, run

FEEDS = Path(__file__).resolve().parent / "feeds"


def environment(home: Path, files: Path) -> Mapping[str, str]:
    """Settings for a home to which the benchmark's feeds deliver from `files`."""
    return {"DISTRICT_HOME": str(home), "DISTRICT_FEEDS": str(FEEDS), "DISTRICT_BENCHMARK_DATA": str(files)}


def command(*arguments: str) -> list[str]:
    """The district's command in this interpreter."""
    return [sys.executable, "-m", "orchestration.cli.main", *arguments]


def run_feed(home: Path, files: Path, feed: str, log: Path, *, as_of: str = "2023-06-30") -> Measured:
    """From the files to published figures; raises CommandFailed."""
    return run(command("run", "--feed", feed, "--as-of", as_of), environment(home, files), log)
