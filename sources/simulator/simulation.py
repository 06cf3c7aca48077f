"""Simulating the departments of a district over a range of days.

Belongs here: the order of the departments and the manifest. Does not belong here: what a department delivers.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

import sources.simulator.departments as package
from sources.simulator.delivery_files import Outbox
from sources.simulator.manifest import Manifest, SimulationRefused
from sources.simulator.randomness import Chance
from sources.simulator.span import Span
from warehouse.district import district

# The mid-term report's day: the range of the demonstration ends here.
REPORT_DAY = date(2023, 6, 30)
DEFAULT_SEED = 310105


@dataclass(frozen=True)
class Department:
    """What a module of `departments/` offers; `serve` is None when its deliveries are files alone."""

    deliver: Callable[[Chance, Span, Outbox], None]
    serve: Callable[[Path], AbstractContextManager[dict[str, str]]] | None


@cache
def departments() -> Mapping[str, Department]:
    """The simulated departments by feed, found as modules of `departments/`."""
    found = {}
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
        loaded = importlib.import_module(f"{package.__name__}.{module.name}")
        found[module.name] = Department(loaded.deliver, getattr(loaded, "serve", None))
    return found


def simulate(
    out: Path,
    *,
    seed: int = DEFAULT_SEED,
    start: date | None = None,
    end: date = REPORT_DAY,
    scale: float = 1.0,
    feeds: Sequence[str] | None = None,
    at_once: int = 1,
) -> Manifest:
    """Write what the departments deliver for the district-local days `start` to `end` under `out/<feed>/`.

    `start` defaults to the plan's first day; every interface delivers from the day it opened. Registers begin with
    their last state before `start`. The same arguments give the same bytes; a later `end` adds deliveries and leaves
    older ones untouched. `scale` below 1 shrinks volumes (events, accounts, visits), so that figures differ; stocks
    of facilities stay. `feeds` limits the departments; `at_once` of them are simulated beside each other, in processes.
    Raises SimulationRefused when the range is empty or outside the plan, or `out` holds something else.
    """
    plan = district()
    start = start or plan.plan_start
    if not plan.plan_start <= start <= end <= plan.plan_end:
        raise SimulationRefused(
            f"日期范围 {start} 至 {end} 须在规划期 {plan.plan_start} 至 {plan.plan_end} 之内且先后有序。 / "
            f"The range {start} to {end} must be in order and within the plan, {plan.plan_start} to {plan.plan_end}."
        )
    if not 0 < scale <= 1:
        raise SimulationRefused(f"规模 {scale} 须大于 0 且不超过 1。 / Scale {scale} must be above 0 and not above 1.")
    available = departments()
    chosen = list(available) if feeds is None else list(feeds)
    unknown = sorted(set(chosen) - set(available))
    if unknown:
        raise SimulationRefused(
            f"没有模拟 {'、'.join(unknown)}；可用：{'、'.join(available)}。 / "
            f"No simulation of {', '.join(unknown)}; there are {', '.join(available)}."
        )
    manifest = Manifest(seed=seed, start=start, end=end, scale=scale, feeds=tuple(sorted(chosen))).extending(out)
    out.mkdir(parents=True, exist_ok=True)
    manifest.write(out)  # first, so that an interrupted simulation is known as one and can be finished
    # The folder's whole range: the front-end database is one file, and a later call must not lose its earlier days.
    span = Span(manifest.start, manifest.end, scale)
    deliver = partial(_deliver, out, seed, span)
    if min(at_once, len(chosen)) == 1:
        return replace(manifest, files=sum(map(deliver, chosen)))
    with ProcessPoolExecutor(min(at_once, len(chosen)), mp_context=get_context("forkserver")) as processes:
        return replace(manifest, files=sum(processes.map(deliver, chosen)))


def _deliver(out: Path, seed: int, span: Span, feed: str) -> int:
    """One department's deliveries; gives the number of files."""
    outbox = Outbox(out / feed)
    departments()[feed].deliver(Chance(seed), span, outbox)
    return outbox.written
