"""A trial of the platform by faults: clean and faulty deliveries run side by side, then the corrections.

Belongs here: the order of simulating, running, observing. Does not belong here: faults (`sources/simulator/faults/`),
the comparison (`sources/simulator/fault_accounting/`), printing (`cli/faults.py`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sources.contract.feed import Feed
from sources.contract.loading import load_feeds
from sources.simulator import simulate
from sources.simulator.fault_accounting import Accounts, account, lost_rows, observe
from sources.simulator.fault_accounting.figures import differing_figures, restated_figures
from sources.simulator.faults import Trace, inject, send_corrections
from warehouse.clock import VARIABLE
from warehouse.district import district
from warehouse.home import Home

MAIN_FEEDS = ("ecommerce_gmv", "education_base", "hospital_interconnect", "parking")
# The morning after the last day, when everything of the simulated days has come; corrections three days later.
_FIRST_RUN, _CORRECTED_AFTER = time(9, 0), timedelta(days=3)


@dataclass(frozen=True)
class TrialRun:
    """One `district run` of the trial: exit code and what it printed."""

    name: str
    exit_code: int
    output: str


@dataclass(frozen=True)
class Trial:
    """What a trial brought. `figures` were published of the clean deliveries; `differing` are those that differ after
    the corrections."""

    accounts: Accounts
    runs: Sequence[TrialRun]
    corrections: Sequence[str]
    figures: int
    differing: Sequence[str]
    restated: int
    unexplained: Sequence[str]
    """Restated figures whose revision lacks the old value or the batch that caused it."""

    @property
    def passed(self) -> bool:
        """Every fault accounted for, and the figures those of the clean run once corrections are in."""
        return self.accounts.agrees and self.figures > 0 and not self.differing and not self.unexplained


class TrialBroken(RuntimeError):
    """A run ended by a fault of ours, so that there is nothing to compare; `zh` and `en` show what it printed last."""

    def __init__(self, run: TrialRun) -> None:
        said = run.output[-3000:]
        self.zh = f"{run.name} 运行失败（退出码 {run.exit_code}）：\n{said}"
        self.en = f"run {run.name} failed (exit code {run.exit_code}):\n{said}"
        super().__init__(self.en)


def try_faults(
    folder: Path,
    *,
    start: date,
    end: date,
    scale: float,
    kinds: Sequence[str] | None = None,
    seed: int | None = None,
    fault_seed: int,
    places: int = 1,
    background: Sequence[Trace] = (),
    tell: Callable[[str, str], None],
) -> Trial:
    """Run the trial in `folder` (emptied first; two homes, `clean` and `faulty`). `tell(zh, en)` hears of each step.

    `background`: alarms that even clean deliveries of this scale give. Raises SimulationRefused, TrialBroken.
    """
    shutil.rmtree(folder, ignore_errors=True)
    clean, faulty = Home(folder / "clean"), Home(folder / "faulty")
    feeds = {name: feed for name, feed in load_feeds().items() if name in MAIN_FEEDS}
    tell("模拟各部门的交付 …", "simulating the departments ...")
    given = {} if seed is None else {"seed": seed}
    simulate(clean.departments, start=start, end=end, scale=scale, feeds=MAIN_FEEDS, **given)
    shutil.copytree(clean.departments, faulty.departments, copy_function=shutil.copy2)
    manifest = inject(faulty.departments, kinds=kinds, seed=fault_seed, places=places)
    tell(
        f"注入 {len(manifest.injections)} 处故障，接收两份交付 …",
        f"{len(manifest.injections)} faults injected, running both ...",
    )
    now = datetime.combine(end + timedelta(days=1), _FIRST_RUN, ZoneInfo(district().zone))
    key = os.urandom(32).hex()  # one for both homes, so that their rows can be compared
    runs = _run_all({"clean": clean, "faulty": faulty}, end, now, key, feeds)
    seen = {
        name: observe(home, list(feeds.values()), moment=now, since=start)
        for name, home in (("clean", clean), ("faulty", faulty))
    }
    losses = lost_rows(clean, faulty, list(feeds.values()))
    accounts = account(manifest, seen["clean"], seen["faulty"], losses, kinds=kinds, background=background)
    tell("各部门送来更正，再次接收 …", "departments send their corrections, running again ...")
    later = now + _CORRECTED_AFTER
    sent = send_corrections(faulty.departments, later - timedelta(hours=2))
    runs += _run_all({"corrected": faulty}, end, later, key, feeds)
    figures, differing = differing_figures(clean, faulty)
    return Trial(accounts, runs, sent, figures, differing, *restated_figures(faulty))


def _run_all(
    homes: Mapping[str, Home], end: date, now: datetime, key: str, feeds: Mapping[str, Feed]
) -> list[TrialRun]:
    """`district run` of each home, all at the same time, as a person would: in processes of their own."""
    command = [sys.executable, "-m", "orchestration.cli.main", "run", "--as-of", end.isoformat()]
    command += [part for name in feeds for part in ("--feed", name)]
    ours = ("DISTRICT_", "DAGSTER_", "DBT_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    started = {}
    for name, home in homes.items():
        home.prepare()
        environment = inherited | {
            "DISTRICT_HOME": str(home.root),
            "DISTRICT_LANG": "en",
            "DISTRICT_PSEUDONYM_KEY": key,
            VARIABLE: now.isoformat(),
        }
        started[name] = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    runs = []
    for name, process in started.items():
        output, _ = process.communicate()
        runs.append(TrialRun(name, process.returncode, output))
    for run in runs:
        # 1 is what held batches give: expected of the faulty deliveries, not of the clean ones.
        if run.exit_code not in ((0,) if run.name == "clean" else (0, 1)):
            raise TrialBroken(run)
    return runs
