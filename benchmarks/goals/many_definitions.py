"""Ten times the feeds and indicators: how long Dagster's definitions take to load and dbt's project to parse.

Goal: at most linear growth. Both projects are copies of this one; the larger has every feed and indicator ten times.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.copied_project import copy_project
from benchmarks.measure import Measured, run
from benchmarks.result import Result

TIMES = 10
# At most linear: ten times as many may take ten times as long.
TARGET = 1.0
_WHAT = ("dbt's project parsed in full", "Dagster's definitions loaded")
_NOT_QUICK = "parsing ten times the project takes more than a minute; run without QUICK"
_DEFINITIONS = "from orchestration.definitions import build_definitions; build_definitions()"


def measure(work: Path, *, quick: bool) -> Iterator[Result]:
    """Two results: growth of the seconds by growth of the number of feeds and indicators; none in the quick run."""
    if quick:
        for what in _WHAT:
            yield Result(f"{what}, {TIMES} times the feeds and indicators", None, TARGET, {"reason": _NOT_QUICK})
        return
    small = _Project(work / "small", 1)
    large = _Project(work / "large", TIMES)
    sizes = {"feeds": [small.feeds, large.feeds], "indicators": [small.indicators, large.indicators]}
    pairs = ((small.parse(), large.parse()), (small.definitions(), large.definitions()))
    for what, (few, many) in zip(_WHAT, pairs, strict=True):
        yield Result(
            f"{what}, {small.feeds} to {large.feeds} feeds, {small.indicators} to {large.indicators} indicators: "
            "growth beside linear growth",
            many.wall / few.wall / TIMES,
            TARGET,
            {**sizes, "small": few.as_json(), "large": many.as_json()},
        )


class _Project:
    """A copy of the project with a home of its own."""

    def __init__(self, folder: Path, times: int) -> None:
        self._code, self._home, self._log = folder / "project", folder / "home", folder / "log"
        self.feeds, self.indicators = copy_project(self._code, times)
        self._home.mkdir()

    @property
    def _environment(self) -> Mapping[str, str]:
        return {"DISTRICT_HOME": str(self._home), "PYTHONPATH": str(self._code), "PYTHONSAFEPATH": "1"}

    def parse(self) -> Measured:
        """As a fresh checkout is parsed, by dbt alone."""
        target = str(self._home / "parsed")
        dbt = [str(Path(sys.executable).with_name("dbt")), "parse"]
        places = ["--project-dir", str(self._code / "dbt_project"), "--profiles-dir", str(self._code)]
        return run([*dbt, *places, "--target-path", target, "--log-path", target], self._environment, self._log)

    def definitions(self) -> Measured:
        """As every start of Dagster loads them: the project was parsed by the load before."""
        command = [sys.executable, "-c", _DEFINITIONS]
        run(command, self._environment, self._log)
        return run(command, self._environment, self._log)
