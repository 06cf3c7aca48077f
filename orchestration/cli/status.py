"""`district status`: every indicator against the plan.

Belongs here: printing what the published snapshot says. Does not belong here: any judgement (it is in the snapshot).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import Any

import typer
from rich.table import Table

from orchestration.cli.console import results
from orchestration.cli.language import english, say
from warehouse.home import Home
from warehouse.read import SnapshotReader
from warehouse.read.overview import OverviewRow, count_by_status, overview, snapshot_info
from warehouse.read.publications import known_on as reader_known_on

_COLOURS = {"achieved_early": "green", "ahead": "green", "behind": "red", "missing": "red", "held": "yellow"}


def status_command(*, as_json: bool, as_of: date | None, known_on: date | None = None) -> None:
    """Print all indicators as of a day (default: the publication's), as they were published by `known_on`."""
    home = Home.from_environment()
    reader = SnapshotReader(home) if known_on is None else reader_known_on(home, known_on)
    rows = overview(reader, as_of=as_of)
    if as_json:
        typer.echo(json.dumps([_as_json(row) for row in rows], ensure_ascii=False, indent=2, default=str))
        return
    console = results()
    info = snapshot_info(reader)
    simulated = say(" · 模拟数据", " · simulated data") if info.simulated else ""
    console.print(
        say(
            f"{info.district_zh} · 数据截至 {as_of or info.as_of} · 第 {info.number} 次发布"
            f"{'' if known_on is None else f'（{known_on} 当日所见）'}{simulated}",
            f"{info.district_en} · as of {as_of or info.as_of} · publication {info.number}"
            f"{'' if known_on is None else f' (as seen on {known_on})'}{simulated}",
        )
    )
    console.print(_table(rows))
    counts = count_by_status(rows)
    console.print(
        say(f"{counts.total} 项中 {counts.assessable} 项可评", f"{counts.assessable} of {counts.total} can be judged")
    )


def _as_json(row: OverviewRow) -> dict[str, Any]:
    """The record; `unit` is the Chinese unit, dates are ISO texts, a missing value is null. Trends stay out."""
    values = asdict(row)
    del values["trend_ends"], values["trend_values"]
    return values | {"unit": row.unit_zh}


def _table(rows: list[OverviewRow]) -> Table:
    table = Table()
    table.add_column(say("编码", "code"))
    table.add_column(say("指标", "indicator"))
    table.add_column(say("数值", "value"), justify="right")
    table.add_column(say("单位", "unit"))
    table.add_column(say("数据期止", "period end"))
    table.add_column(say("目标", "target"), justify="right")
    table.add_column(say("已行", "way gone"), justify="right")
    table.add_column(say("时间", "time gone"), justify="right")
    table.add_column(say("状态", "status"))
    for row in rows:
        colour = _COLOURS.get(row.status)
        word = row.status_en if english() else row.status_zh
        table.add_row(
            row.indicator_code,
            row.name_en if english() else row.name_zh,
            "–" if row.value is None else f"{row.value:,.{row.decimals}f}",
            (row.unit_en if english() else row.unit_zh) or "",
            str(row.period_end or "–"),
            "–" if row.target is None else f"{row.target:,.{row.decimals}f}",
            _percent(row.progress_share),
            _percent(row.time_share),
            f"[{colour}]{word}[/]" if colour else word,
        )
    return table


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
