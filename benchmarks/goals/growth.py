"""One more day of parking events, and a corrected old day, on histories of 1 to 100 million rows.

The whole pipeline, `district run` as a process. Each is measured beside the same on 1 million rows, in turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.history import History
from benchmarks.measure import Measured, median
from benchmarks.result import Result

# Issue of speed: a day costs a day however long the history.
TARGET = 1.2
# 17 days of 60,000 events are a million. The quick run only shows that the benchmark works.
BASE, SIZES, QUICK_SIZES = 17, (167, 833, 1667), (50,)
# Built in steps: the build database may take 4 GB of memory, and a step's keys are sorted out together.
STEP = 400
# Of the longest history, which is what the goal is about; the others show the course.
ROUNDS = 3


def measure(work: Path, *, quick: bool) -> Iterator[Result]:
    """Results for each size: a day's wall time, a correction's, memory; disk by the row."""
    small, large = History(work / "small"), History(work / "large")
    for history in (small, large):
        history.begin()
        history.lay_down(BASE)
        history.run()
    after = 0
    sizes = QUICK_SIZES if quick else SIZES
    for size in sizes:
        building = []
        while large.days < size + after:
            large.lay_down(min(large.days + STEP, size + after))
            building.append(large.run())
        days, corrections = [], []
        for turn in range(ROUNDS if size == sizes[-1] and not quick else 1):
            after += 1
            for history in (small, large):
                history.deliver(after)
            days.append((small.run(), large.run()))
            if quick:
                continue
            small.correct(after)
            large.correct(after + turn)
            corrections.append((small.run(), large.run()))
        what = f"on {large.rows / 1e6:.0f} M rows beside 1 M"
        built = {"history_built_s": round(sum(one.wall for one in building), 1)}
        yield _wall(f"one more day {what}: wall time", days, built)
        if corrections:
            yield _wall(f"a corrected old day {what}: wall time", corrections)
        yield _memory(f"one more day {what}: peak memory", days)
        per_row = large.bytes / large.rows / (small.bytes / small.rows)
        sizes_mb = {"home_mb": [round(history.bytes / 1e6) for history in (small, large)]}
        yield Result(f"disk by the row {what}", per_row, TARGET, sizes_mb)


def _wall(goal: str, pairs: list[tuple[Measured, Measured]], detail: dict[str, float] | None = None) -> Result:
    ratios = [large.wall / small.wall for small, large in pairs]
    walls = {
        "small_s": [round(small.wall, 2) for small, _ in pairs],
        "large_s": [round(large.wall, 2) for _, large in pairs],
        "small_cpu_s": [round(small.cpu, 2) for small, _ in pairs],
        "large_cpu_s": [round(large.cpu, 2) for _, large in pairs],
    }
    return Result(goal, median(ratios), TARGET, {**walls, **(detail or {}), "spread": (min(ratios), max(ratios))})


def _memory(goal: str, pairs: list[tuple[Measured, Measured]]) -> Result:
    ratios = [large.peak_mb / small.peak_mb for small, large in pairs]
    peaks = {"peak_mb": [[round(small.peak_mb), round(large.peak_mb)] for small, large in pairs]}
    return Result(goal, median(ratios), TARGET, {**peaks, "spread": (min(ratios), max(ratios))})
