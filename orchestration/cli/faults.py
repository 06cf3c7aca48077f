"""`district faults`: the trial by faults, as a table kind by kind.

Belongs here: arguments and printing. Does not belong here: the trial (`orchestration.fault_trial`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any

import typer
from rich.table import Table

from orchestration.cli.console import remarks, results
from orchestration.cli.exits import BLOCKED, refuse
from orchestration.cli.language import say
from orchestration.fault_trial import Trial, try_faults
from sources.simulator import SimulationRefused
from sources.simulator.fault_accounting import Line
from sources.simulator.faults import TREATMENTS, Trace
from sources.simulator.faults.injecting import DEFAULT_FAULT_SEED, kinds_given
from warehouse.home import Home

# The quarter that the mid-term report ends with.
QUARTER = (date(2023, 4, 1), date(2023, 6, 30))
# What even clean deliveries of one quarter give: figures of growth lack the year before.
_SHORT = (Trace("published", "coverage_is_high"),)
# And of a district below its whole size: bounds of volume are those of the real one.
_SMALL = (Trace("check", "snapshot_lots"), Trace("check", "ledger_zero_share"), Trace("check", "usual_volume"))


def faults_command(
    from_day: date | None,
    to_day: date | None,
    *,
    scale: float,
    kinds: Sequence[str],
    fault_seed: int | None,
    places: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Try, print, exit with 1 on any difference."""
    folder = out or Home.from_environment().root / "faults"
    started = monotonic()
    try:
        trial = try_faults(
            folder,
            start=from_day or QUARTER[0],
            end=to_day or QUARTER[1],
            scale=scale,
            kinds=kinds_given(kinds),
            fault_seed=DEFAULT_FAULT_SEED if fault_seed is None else fault_seed,
            places=places,
            background=_SHORT if scale >= 1 else (*_SHORT, *_SMALL),
            tell=lambda zh, en: remarks().print(say(zh, en)),
        )
    except SimulationRefused as refused:
        refuse(str(refused), str(refused))
    if as_json:
        typer.echo(json.dumps(_as_json(trial), ensure_ascii=False, indent=2))
    else:
        _print(trial, folder, monotonic() - started)
    if not trial.passed:
        raise typer.Exit(BLOCKED)


def _as_json(trial: Trial) -> dict[str, Any]:
    accounts = trial.accounts
    return {
        "passed": trial.passed,
        "kinds": [
            {
                "fault": line.fault.id,
                "name_zh": line.fault.name_zh,
                "name_en": line.fault.name_en,
                "treatment": line.fault.treatment,
                "injected": line.injected,
                "found": line.found,
                "clean_rows_lost": line.clean_rows_lost,
                "false_alarms": line.false_alarms,
                "agrees": line.agrees,
                "remarks": line.remarks,
            }
            for line in accounts.lines.values()
        ],
        "alarms_without_fault": [str(one) for one in accounts.stray_alarms],
        "clean_rows_lost_without_fault": [str(one) for one in accounts.stray_losses],
        "alarms_on_clean_deliveries": [str(one) for one in accounts.clean_alarms],
        "corrections": list(trial.corrections),
        "figures": trial.figures,
        "differing_figures": list(trial.differing),
        "restated_figures": trial.restated,
        "restated_without_cause": list(trial.unexplained),
    }


def _print(trial: Trial, folder: Path, seconds: float) -> None:
    console, accounts = results(), trial.accounts
    table = Table()
    table.add_column(say("编号", "id"))
    table.add_column(say("故障", "fault"))
    table.add_column(say("处理", "treatment"))
    for heading in (
        say("注入", "injected"),
        say("发现", "found"),
        say("误失正常行", "clean rows lost"),
        say("误报", "false alarms"),
    ):
        table.add_column(heading, justify="right")
    table.add_column(say("结果", "result"))
    for line in accounts.lines.values():
        table.add_row(*_row(line))
    console.print(table)
    for line in accounts.lines.values():
        for remark in line.remarks:
            console.print(f"  {line.fault.id}  {remark}", markup=False)
    for title, ones in (
        (say("与注入无关的报警", "Alarms without a fault"), accounts.stray_alarms),
        (say("与注入无关的丢行", "Clean rows lost without a fault"), accounts.stray_losses),
        (say("干净交付上的报警", "Alarms on the clean deliveries"), accounts.clean_alarms),
        (say("更正后仍不同的数值", "Figures that still differ after the corrections"), trial.differing),
        (say("修订缺原值或原因批次", "Restated without old value or cause"), trial.unexplained),
    ):
        console.print(f"{title}: {len(ones)}")
        for one in ones[:20]:
            console.print(f"  {one}", markup=False)
    held = sum(line.agrees for line in accounts.lines.values())
    console.print(
        say(
            f"{len(accounts.lines)} 类故障中 {held} 类全部对上；更正 {len(trial.corrections)} 件；"
            f"{trial.figures} 个已发布数值与干净交付比较，{len(trial.differing)} 个不同，{trial.restated} 个作了修订；"
            f"用时 {seconds:.0f} 秒；数据在 {folder}",
            f"{held} of {len(accounts.lines)} kinds accounted for; {len(trial.corrections)} corrections; "
            f"{trial.figures} published figures compared with the clean run's, {len(trial.differing)} differ, "
            f"{trial.restated} were restated; "
            f"{seconds:.0f} s; data in {folder}",
        ),
        markup=False,
    )


def _row(line: Line) -> Sequence[str]:
    if line.agrees:
        result = f"[green]✔ {say('对上', 'accounted for')}[/]"
    elif line.found != line.injected or not line.injected:
        result = f"[bold red]✖ {say('未对上', 'NOT found')}[/]"
    else:
        result = f"[bold red]✖ {say('有误', 'wrong')}[/]"
    numbers = (line.injected, line.found, line.clean_rows_lost, line.false_alarms)
    return (
        line.fault.id,
        say(line.fault.name_zh, line.fault.name_en),
        say(*TREATMENTS[line.fault.treatment]),
        *(f"{number:,}" for number in numbers),
        result,
    )
