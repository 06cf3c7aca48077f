"""A run that finds nothing new, and a run with one small batch of one feed.

Nothing new: beside the bare imports of Dagster and its dbt integration. One small batch, delivered to published: beside
`dagster asset materialize` of the same graph (`benchmarks/plain_graph.py`), with the executor in process and with the
default one. Both on a district of all feeds with the servers of its simulated departments.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks.district_run import command, environment
from benchmarks.measure import Measured, median, run
from benchmarks.parking_files import write_days
from benchmarks.result import Result

HERE = Path(__file__).resolve().parents[1]
LAST = date(2023, 6, 30)
# The imports cannot be saved by whoever runs through Dagster; looking at what is there may cost as much again.
NOTHING_NEW = 2.0
# Issue of speed: what one process, one parse and no step twice have to save of a plain materialization.
IN_PROCESS, MULTIPROCESS = 0.7, 0.3
ROUNDS, QUICK_ROUNDS = 3, 2
SMALL_ROUNDS = 2
# Three days of all at a twentieth of the volume: small deliveries, as many feeds and models as the demo.
SIMULATED = ["--from", "2023-06-28", "--to", LAST.isoformat(), "--scale", "0.05"]


def measure(work: Path, *, quick: bool) -> Iterator[Result]:
    """Three results; the quick run has one feed with one file, and no plain side, whose set-up takes minutes."""
    district = _District(work, work / "home", write_days(work / "files", 1, "parquet", last=LAST))
    if not quick:
        district.district("simulate", "--out", str(district.home / "departments"), *SIMULATED)
    first = district.district("run", "--as-of", LAST.isoformat(), *(["--feed", "parking"] if quick else []))
    yield _nothing_new(district, first, quick=quick)
    if quick:
        for kind, target in (("in process", IN_PROCESS), ("default executor", MULTIPROCESS)):
            yield Result(_small_goal(kind), None, target, {"reason": "the plain side takes minutes; run without QUICK"})
        return
    plain = _Plain(district, work / "plain")
    plain.prepare()
    ours, split = [], []
    for place in range(1, SMALL_ROUNDS + 1):
        write_days(district.files, 1, "parquet", last=LAST - timedelta(days=place))
        log = work / f"small_{place}.log"
        ours.append(district.district("run", "--as-of", LAST.isoformat(), "--feed", "parking", log=log))
        split.append(_steps(log.read_text("utf-8")))
    split_all = {**_starts(district), "steps_s": split[-1]}
    in_process = [plain.materialize("in_process")]  # one each: they take a minute and more, and vary by 3 %
    multiprocess = [plain.materialize("multiprocess")]
    yield _beside("in process", IN_PROCESS, ours, in_process, split_all)
    yield _beside("default executor", MULTIPROCESS, ours, multiprocess, split_all)


@dataclass(frozen=True)
class _District:
    """A home and the folder in which parking events are delivered."""

    work: Path
    home: Path
    files: Path

    @property
    def environment(self) -> Mapping[str, str]:
        return environment(self.home, self.files)

    def district(self, *arguments: str, log: Path | None = None) -> Measured:
        return run(command(*arguments), self.environment, log or self.work / "log")

    def python(self, code: str) -> Measured:
        return run([sys.executable, "-c", code], self.environment, self.work / "log")


@dataclass(frozen=True)
class _Plain:
    """The plain side, in a copy of the home that has had its first run."""

    district: _District
    folder: Path

    def prepare(self) -> None:
        """Copies the home; parses the project, as one that is in use has been."""
        kept = ("raw", "build", "rejects")
        for name in kept:
            shutil.copytree(self.district.home / name, self.folder / name)
        (self.folder / "dagster").mkdir()
        self._dagster("in_process", "list")

    def materialize(self, executor: str) -> Measured:
        return self._dagster(executor, "materialize", "--select", "*")

    def _dagster(self, executor: str, *arguments: str) -> Measured:
        programs = Path(sys.executable).parent
        environment = {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",  # dagster-dbt looks for dbt there
            "DISTRICT_HOME": str(self.folder),
            "DAGSTER_HOME": str(self.folder / "dagster"),
            "DAGSTER_DISABLE_TELEMETRY": "true",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "PLAIN_TARGET": str(self.folder / "target"),
            "PLAIN_FILE": str(self.district.files / f"parking_events_{LAST:%Y%m%d}.parquet"),
            "PLAIN_EXECUTOR": executor,
        }
        command = [str(programs / "dagster"), "asset", *arguments, "-f", str(HERE / "plain_graph.py")]
        return run(command, environment, self.district.work / "log")


def _nothing_new(district: _District, first: Measured, *, quick: bool) -> Result:
    command = ["run", "--as-of", LAST.isoformat(), *(["--feed", "parking"] if quick else [])]
    pairs = [
        (district.python("import dagster, dagster_dbt"), district.district(*command))
        for _ in range(QUICK_ROUNDS if quick else ROUNDS)
    ]
    ratios = [mine.wall / bare.wall for bare, mine in pairs]
    return Result(
        f"nothing new in {'one feed' if quick else 'all feeds'}, beside the imports of Dagster and dagster-dbt",
        median(ratios),
        NOTHING_NEW,
        {
            "spread": (min(ratios), max(ratios)),
            "imports": [bare.as_json() for bare, _ in pairs],
            "nothing_new": [mine.as_json() for _, mine in pairs],
            "first_run": first.as_json(),
        },
    )


def _starts(district: _District) -> dict[str, float]:
    """Seconds before any work: the interpreter, imports, definitions from a parsed project, a parse in full."""
    interpreter = district.python("pass").wall
    imports = district.python("import dagster, dagster_dbt").wall
    definitions = district.python("from orchestration.definitions import build_definitions; build_definitions()").wall
    program = str(Path(sys.executable).with_name("dbt"))
    places = ["--project-dir", str(HERE.parent / "dbt_project"), "--profiles-dir", str(HERE.parent)]
    target = ["--target-path", str(district.work / "parsed"), "--log-path", str(district.work / "parsed")]
    dbt = run([program, "--version"], district.environment, district.work / "log").wall
    parse = run([program, "parse", *places, *target], district.environment, district.work / "log").wall
    return {
        "interpreter_s": round(interpreter, 2),
        "imports_s": round(imports - interpreter, 2),
        "definitions_s": round(definitions - imports, 2),
        "dbt_process_s": round(dbt, 2),
        "parse_in_full_s": round(parse - dbt, 2),
    }


def _steps(said: str) -> dict[str, float]:
    """Seconds of each step, as the run says them."""
    return {name: float(seconds) for name, seconds in re.findall(r"✔ (\w+)\s+([\d.]+) s", said)}


def _small_goal(kind: str) -> str:
    return f"one small batch of one feed to published, beside a plain materialization of the same graph, {kind}"


def _beside(
    kind: str, target: float, ours: list[Measured], plain: list[Measured], split: Mapping[str, object]
) -> Result:
    ratios = [mine.wall / other.wall for mine in ours for other in plain]
    return Result(
        _small_goal(kind),
        median(ratios),
        target,
        {
            "spread": (min(ratios), max(ratios)),
            "ours": [one.as_json() for one in ours],
            "plain": [one.as_json() for one in plain],
            "split": split,
        },
    )
