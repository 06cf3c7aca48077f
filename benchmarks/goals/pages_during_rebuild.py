"""Twenty readers while everything is built anew and published: how long they wait, beside the same readers on an idle
platform; no reader may see an error."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from benchmarks.district_run import command, environment, run_feed
from benchmarks.pages import sessions
from benchmarks.parking_files import write_days
from benchmarks.result import Result
from tests.app.serving import serve
from warehouse.home import Home

TARGET: Final = 2.0
SESSIONS: Final = 20
IDLE_SECONDS: Final = 25.0
# After the switch readers meet a snapshot that nobody has asked yet: that is part of the goal.
_AFTER_SECONDS: Final = 8.0
_GOAL: Final = f"pages: {SESSIONS} sessions during a full rebuild, 95th percentile of a rerun beside the idle one"
_PAGES: Final = (
    ("", ""),
    ("indicator", "code=S15"),
    ("", "supporting=1&operational=1"),
    ("quality", ""),
    ("plan", ""),
    ("freshness", ""),
    ("owner", "department=construction_commission"),
    ("", "lang=en"),
)


def measure(work: Path, *, quick: bool) -> Iterator[Result]:
    """One result; `detail` has the number of answers, errors (the goal allows none) and snapshots seen."""
    if quick:
        yield Result(_GOAL, None, TARGET, {"reason": "two whole runs of the pipeline: not part of the short run"})
        return
    home, files = Home(work / "home"), work / "files"
    write_days(files, 2, "parquet", last=date(2023, 6, 29))
    run_feed(home.root, files, "parking", work / "log")
    with serve(home) as app:
        _read(app, time.monotonic() + 10)  # every page once, as on any day
        idle = _read(app, time.monotonic() + IDLE_SECONDS)
        write_days(files, 1, "parquet")  # a new day, so that there is something to publish
        with (work / "log").open("ab") as output:
            rebuild = subprocess.Popen(
                command("run", "--feed", "parking", "--as-of", "2023-06-30", "--full"),
                env={**os.environ, **environment(home.root, files)},
                stdout=output,
                stderr=output,
            )
        began = time.monotonic()
        busy = asyncio.run(sessions.read(app, _PAGES, SESSIONS, _UntilAfter(rebuild)))
        took = time.monotonic() - began
    errors = [*idle.errors, *busy.errors]
    if rebuild.returncode:
        errors.append(f"the rebuild ended with {rebuild.returncode}")
    ratio = _percentile(busy.seconds, 0.95) / _percentile(idle.seconds, 0.95)
    yield Result(
        _GOAL,
        None if errors or len(busy.snapshots) < 2 else ratio,
        TARGET,
        {
            "ratio": round(ratio, 2),
            "answers": [len(idle.seconds), len(busy.seconds)],
            "idle_ms": _milliseconds(idle.seconds),
            "rebuild_ms": _milliseconds(busy.seconds),
            "errors": errors[:10],
            "snapshots_seen": sorted(busy.snapshots),
            "rebuild_s": round(took, 1),
            **({"reason": "readers met errors, or no new snapshot came"} if errors or len(busy.snapshots) < 2 else {}),
        },
    )


def _read(app: str, until: float) -> sessions.Answers:
    return asyncio.run(sessions.read(app, _PAGES, SESSIONS, lambda: time.monotonic() < until))


class _UntilAfter:
    """True until some seconds after a process has ended."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._ended: float | None = None

    def __call__(self) -> bool:
        if self._ended is None and self._process.poll() is not None:
            self._ended = time.monotonic()
        return self._ended is None or time.monotonic() - self._ended < _AFTER_SECONDS


def _percentile(seconds: Sequence[float], share: float) -> float:
    return sorted(seconds)[int(len(seconds) * share)]


def _milliseconds(seconds: Sequence[float]) -> dict[str, int]:
    return {name: round(_percentile(seconds, share) * 1000) for name, share in (("median", 0.5), ("p95", 0.95))}
