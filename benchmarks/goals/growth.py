"""One more day, and a corrected old day, on a long history beside a short one: from delivered to published.

Goal: what a day costs does not follow from how much lies behind it. Both homes have the same feed and all models; the
long one has twenty times the rows and batches. Its first build is also set beside the hand-written script, and what
publishing takes and the size of the snapshot beside those of the short one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb

from benchmarks.district_run import run_feed
from benchmarks.measure import Measured, median
from benchmarks.parking_comparison import require_all_rows, results, run_scripts
from benchmarks.parking_files import EVENTS_A_DAY, write_days
from benchmarks.result import Result
from benchmarks.run_log import breakdown

LAST = date(2023, 6, 30)
# Issue of speed: what a day may cost on the long history, of the same day on the short one.
TARGET = 1.2
# 1 M and 20 M events (a year); DISTRICT_BENCHMARK_HISTORY=835,1667 measures 50 M and 100 M: longer than half an hour.
SHORT = 17
LONG = tuple(int(days) for days in os.environ.get("DISTRICT_BENCHMARK_HISTORY", "333").split(","))
ROUNDS = 2
_HISTORY_ENDS = LAST - timedelta(days=ROUNDS)
_PUBLISH = "publishing one more day"
_Round = tuple[Measured, dict[str, float]]


def measure(work: Path, *, quick: bool) -> Iterator[Result]:
    """For each long history its first build beside the script, one more day, a corrected old day, publishing.

    Building a history takes minutes, so none in the quick run.
    """
    if quick:
        for what in ("one more day", "a corrected old day", _PUBLISH):
            yield Result(
                _goal(what, LONG[0]), None, TARGET, {"reason": "a long history takes minutes; run without QUICK"}
            )
        return
    for days in LONG:
        short, long = _History(work / "short", SHORT), _History(work / "long", days)
        short.build()
        yield from long.build_beside_floor()
        more = [(short.one_more_day(place), long.one_more_day(place)) for place in range(1, ROUNDS + 1)]
        corrected = [(short.corrected_day(), long.corrected_day())]
        sizes = {"home_mb": long.size_mb(), "batches": days}
        yield _beside("one more day", days, more, sizes)
        yield _beside("a corrected old day", days, corrected, sizes)
        yield _publishing(days, more, snapshots=(short.snapshot_mb(), long.snapshot_mb()))
        shutil.rmtree(work / "short")
        shutil.rmtree(work / "long")


class _History:
    """A home with `days` day files before the last days, which are delivered one by one."""

    def __init__(self, folder: Path, days: int) -> None:
        self._folder, self._days = folder, days
        self._files, self._home = folder / "files", folder / "home"

    def build(self) -> _Round:
        """The first run of all files of the history."""
        write_days(self._files, self._days, "parquet", last=_HISTORY_ENDS)
        return self._run("history")

    def build_beside_floor(self) -> Iterator[Result]:
        """`build`, beside the hand-written scripts on the same files."""
        ours, steps = self.build()
        require_all_rows(self._home, self._files)
        scripts = run_scripts(self._folder, self._files, "parquet")
        yield from results("parquet", self._days, scripts, ours, steps)

    def one_more_day(self, place: int) -> _Round:
        """The run that takes in the day after the history, and after the `place` - 1 days before."""
        write_days(self._files, 1, "parquet", last=_HISTORY_ENDS + timedelta(days=place))
        return self._run(f"more-{place}")

    def corrected_day(self) -> _Round:
        """The run that takes in a day from the middle of the history again."""
        self._correct(_HISTORY_ENDS - timedelta(days=self._days // 2 + 1))
        return self._run("corrected")

    def size_mb(self) -> int:
        """Of the home, with raw rows, landed bytes, build and snapshots."""
        return round(sum(file.stat().st_size for file in self._home.rglob("*") if file.is_file()) / 1e6)

    def snapshot_mb(self) -> float:
        """Of the newest snapshot."""
        newest = max((self._home / "published").glob("*.duckdb"), key=lambda file: file.stat().st_mtime)
        return round(newest.stat().st_size / 1e6, 1)

    def _correct(self, day: date) -> None:
        """The day's file comes again, without a tenth of its events."""
        file = self._files / f"parking_events_{day:%Y%m%d}.parquet"
        duckdb.connect().execute(
            f"COPY (FROM (SELECT * FROM read_parquet('{file}')) WHERE hash(eventId) % 10 <> 0) "
            f"TO '{file.with_suffix('.part')}' (FORMAT parquet)"
        )
        file.with_suffix(".part").replace(file)

    def _run(self, name: str) -> _Round:
        log = self._folder / f"log-{name}"
        os.sync()  # what was written before is not this run's to wait for
        return run_feed(self._home, self._files, "parking", log, as_of=LAST.isoformat()), breakdown(log)


def _goal(what: str, days: int) -> str:
    return f"{what} on {days * EVENTS_A_DAY / 1e6:.0f} M events beside {SHORT * EVENTS_A_DAY / 1e6:.0f} M"


def _beside(
    what: str,
    days: int,
    rounds: Sequence[tuple[_Round, _Round]],
    sizes: dict[str, int],
) -> Result:
    """`rounds` are pairs of the short and the long history, run one after the other."""
    ratios = [large.wall / small.wall for (small, _), (large, _) in rounds]
    peaks = [large.peak_mb / small.peak_mb for (small, _), (large, _) in rounds]
    (_, short_steps), (_, long_steps) = rounds[-1]
    return Result(
        _goal(what, days),
        median(ratios),
        TARGET,
        {
            "spread": (min(ratios), max(ratios)),
            "memory_ratio": round(median(peaks), 2),
            "short": [one.as_json() for (one, _), _ in rounds],
            "long": [one.as_json() for _, (one, _) in rounds],
            "short_seconds_by_step": short_steps,
            "long_seconds_by_step": long_steps,
            "long_home": sizes,
        },
    )


def _publishing(days: int, rounds: Sequence[tuple[_Round, _Round]], *, snapshots: tuple[float, float]) -> Result:
    """Publishing follows what changed: the same day, whatever lies behind it."""
    ratios = [large["publish"] / small["publish"] for (_, small), (_, large) in rounds]
    return Result(
        _goal(_PUBLISH, days),
        median(ratios),
        TARGET,
        {
            "spread": (min(ratios), max(ratios)),
            "short_s": [steps["publish"] for (_, steps), _ in rounds],
            "long_s": [steps["publish"] for _, (_, steps) in rounds],
            "snapshot_mb": {"short": snapshots[0], "long": snapshots[1]},
        },
    )
