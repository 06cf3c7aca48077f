"""`district simulate`: writes what the demo district's departments deliver.

Belongs here: arguments and printing. Does not belong here: the simulation (`sources.simulator`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any

import typer

from orchestration.cli.exits import refuse
from orchestration.cli.language import say
from sources.simulator import SimulationRefused, simulate
from sources.simulator.faults import inject, send_corrections
from sources.simulator.faults.fault import MANIFEST
from sources.simulator.faults.injecting import DEFAULT_FAULT_SEED, kinds_given
from warehouse import clock
from warehouse.home import Home


def simulate_command(
    out: Path | None,
    *,
    seed: int | None,
    from_day: date | None,
    to_day: date | None,
    scale: float,
    feeds: Sequence[str],
    faults: Sequence[str] = (),
    fault_seed: int | None = None,
) -> None:
    """Simulate into `out` (default: the home's departments, which `district run` then serves), then put `faults` in."""
    folder = out or Home.from_environment().departments
    started = monotonic()
    typer.echo(say(f"正在模拟各部门的交付，写入 {folder} …", f"simulating the departments into {folder} ..."), err=True)
    # What is not given is the simulator's own default.
    given: dict[str, Any] = {"seed": seed, "end": to_day, "feeds": feeds or None, "at_once": os.cpu_count()}
    try:
        manifest = simulate(
            folder, start=from_day, scale=scale, **{name: value for name, value in given.items() if value is not None}
        )
        injected = None
        if faults:
            injected = inject(
                folder, kinds=kinds_given(faults), seed=DEFAULT_FAULT_SEED if fault_seed is None else fault_seed
            )
    except SimulationRefused as refused:
        refuse(str(refused), str(refused))
    typer.echo(
        say(
            f"{manifest.files} 个文件，{manifest.start} 至 {manifest.end}，种子 {manifest.seed}，"
            f"用时 {monotonic() - started:.0f} 秒",
            f"{manifest.files} files, {manifest.start} to {manifest.end}, seed {manifest.seed}, "
            f"{monotonic() - started:.0f} s",
        )
    )
    if injected is not None:
        typer.echo(
            say(
                f"注入 {len(injected.treatments)} 类、{len(injected.injections)} 处故障，见 {folder / MANIFEST}",
                f"{len(injected.injections)} faults of {len(injected.treatments)} kinds injected: {folder / MANIFEST}",
            )
        )


def corrections_command(out: Path | None) -> None:
    """Send what the departments correct of the injected faults, delivered now."""
    folder = out or Home.from_environment().departments
    sent = send_corrections(folder, clock.now())
    for name in sent:
        typer.echo(name)
    typer.echo(say(f"送出 {len(sent)} 件更正", f"{len(sent)} corrections sent"))
