"""A new small batch behind 10,000 batches beside one behind 100: from delivered to published.

Goal: what a run costs does not follow from how many batches the ledger has. The batches are small, so that their number
is what differs; those of the long ledger are repetitions of delivered ones (`benchmarks/many_batches.py`), laid down in
a copy of the other home. The two take each new day in turn.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from benchmarks.district_run import run_feed
from benchmarks.many_batches import repeat_batches
from benchmarks.measure import CommandFailed, Measured, median
from benchmarks.parking_files import write_days
from benchmarks.result import Result
from benchmarks.run_log import breakdown
from warehouse.home import Home
from warehouse.ledger import Ledger

LAST = date(2023, 6, 30)
EVENTS = 600  # ten a batch and hour: the smallest delivery that the feed's checks accept
FEW, TIMES = 100, 100
# Issue of speed: what a run may cost behind 10,000 batches, of the same run behind 100.
TARGET = 1.2
ROUNDS = 2


def measure(work: Path, *, quick: bool) -> Iterator[Result]:
    """One result; laying 10,000 batches down takes minutes, so none in the quick run."""
    goal = f"a small batch behind {FEW * TIMES:,} batches beside one behind {FEW}"
    if quick:
        yield Result(goal, None, TARGET, {"reason": "10,000 batches take minutes; run without QUICK"})
        return
    files, few_home, many_home = work / "files", Home(work / "few"), Home(work / "many")
    first = LAST - timedelta(days=ROUNDS + 1)
    write_days(files, FEW, "parquet", last=first, events=EVENTS)
    _run(few_home, files)
    shutil.copytree(few_home.root, many_home.root, symlinks=True, copy_function=shutil.copy2)
    repeat_batches(many_home, many_home.raw / "parking" / "prk_event", ("event_id", "session_no"), TIMES)
    few, many = [], []
    for place in range(1, ROUNDS + 2):
        write_days(files, 1, "parquet", last=first + timedelta(days=place), events=EVENTS)
        few.append(_run(few_home, files))
        many.append(_run(many_home, files))
    # The first new day also builds what was laid down; the rounds after it are what is measured.
    few, many = few[1:], many[1:]
    for home, batches in ((few_home, FEW), (many_home, FEW * TIMES)):
        _check(home, batches + ROUNDS + 1)
    ratios = [large.wall / small.wall for (small, _), (large, _) in zip(few, many, strict=True)]
    yield Result(
        goal,
        median(ratios),
        TARGET,
        {
            "spread": (min(ratios), max(ratios)),
            "few": [one.as_json() for one, _ in few],
            "many": [one.as_json() for one, _ in many],
            "few_seconds_by_step": few[-1][1],
            "many_seconds_by_step": many[-1][1],
        },
    )


def _check(home: Home, batches: int) -> None:
    with Ledger.of(home) as ledger:
        admitted = len(ledger.batches(feed="parking", status="admitted"))
    if admitted != batches:
        raise CommandFailed(f"{admitted} batches are admitted in {home.root}, not {batches}")


def _run(home: Home, files: Path) -> tuple[Measured, dict[str, float]]:
    log = home.root.parent / f"log-{home.root.name}-{len(list(files.iterdir()))}"
    measured = run_feed(home.root, files, "parking", log, as_of=LAST.isoformat())
    return measured, breakdown(log)
