"""A run that takes in one day, on a ledger of 10,000 batches beside one of 100."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.history import History
from benchmarks.measure import median
from benchmarks.result import Result

# Issue of speed: the number of batches costs nothing to speak of.
TARGET = 1.2
# Hourly deliveries of 100 rows; days before the first, so that 10,000 are a year and two months.
DAYS, QUICK_DAYS, SMALL_DAYS = 417, 42, 5
A_DAY, ROWS = 24, 100
ROUNDS, QUICK_ROUNDS = 3, 1


def measure(work: Path, *, quick: bool) -> Iterator[Result]:
    """One result: pairs measured in turn."""
    few, many = History(work / "few"), History(work / "many")
    for history, days in ((few, SMALL_DAYS), (many, QUICK_DAYS if quick else DAYS)):
        history.begin()
        history.lay_down(days, batches_a_day=A_DAY, rows=ROWS)
        history.run()
    pairs = []
    for after in range(1, (QUICK_ROUNDS if quick else ROUNDS) + 1):
        for history in (few, many):
            history.deliver(after)
        pairs.append((few.run(), many.run()))
    ratios = [large.wall / small.wall for small, large in pairs]
    count = (many.days - SMALL_DAYS) * A_DAY
    yield Result(
        f"a run with one batch on some {round(count, -3 if not quick else -2):,} batches beside 100",
        median(ratios),
        TARGET,
        {
            "few_s": [round(small.wall, 2) for small, _ in pairs],
            "many_s": [round(large.wall, 2) for _, large in pairs],
            "few_cpu_s": [round(small.cpu, 2) for small, _ in pairs],
            "many_cpu_s": [round(large.cpu, 2) for _, large in pairs],
            "spread": (min(ratios), max(ratios)),
        },
    )
