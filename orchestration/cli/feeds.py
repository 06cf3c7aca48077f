"""`district feeds` and `district feeds check`.

Belongs here: printing contracts in force with their freshness, and what the lint finds. Does not belong here: either.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from orchestration.cli.console import results
from orchestration.cli.exits import WRONG_USE
from orchestration.cli.language import english, say
from sources.contract.feed import Entity, Feed
from sources.contract.loading import lint, load_feeds
from warehouse.home import Home
from warehouse.read import NothingPublished, SnapshotReader
from warehouse.read.feeds import FeedFreshness, freshness

_STATES = {
    "not_due": ("未到期", "not due"),
    "on_time": ("按时", "on time"),
    "late": ("逾期", "late"),
    "missing": ("缺报", "missing"),
    "not_delivered": ("未接入", "not delivered"),
}


def feeds_command(*, as_json: bool) -> None:
    """Every entity of every feed; freshness is that of the last publication, empty before the first."""
    feeds = load_feeds()
    try:
        states = {(row.feed, row.entity): row for row in freshness(SnapshotReader(Home.from_environment()))}
    except NothingPublished:
        states = {}
    rows = [(feed, entity, states.get((feed.name, entity.name))) for feed in feeds.values() for entity in _of(feed)]
    if as_json:
        typer.echo(json.dumps([_as_json(*row) for row in rows], ensure_ascii=False, indent=2, default=str))
    else:
        results().print(_table(rows))


def check_command(path: Path) -> None:
    """Print every mistake of a contract and exit with 2, or say that there is none."""
    problems = lint(path)
    for problem in problems:
        typer.echo(problem.text_en if english() else problem.text_zh)
    if problems:
        raise typer.Exit(WRONG_USE)
    typer.echo(say(f"{path}：契约无误", f"{path}: no mistakes"))


def _of(feed: Feed) -> list[Entity]:
    return list(feed.entities.values())


def _as_json(feed: Feed, entity: Entity, state: FeedFreshness | None) -> dict[str, Any]:
    return {
        "feed": feed.name,
        "entity": entity.name,
        "label_zh": entity.label_zh,
        "label_en": entity.label_en,
        "department_code": feed.department_code,
        "owner": feed.owner,
        "contract": str(feed.path),
        "contract_version": feed.version,
        "cadence": entity.calendar.cadence if entity.calendar else None,
        "delivered": entity.delivered,
        "simulated": feed.simulated,
        "state": state.state if state else None,
        "last_received_at": state.last_received_at if state else None,
        "data_period_end": state.data_period_end if state else None,
        "due_at": state.due_at if state else None,
        "days_late": state.days_late if state else None,
    }


def _table(rows: list[tuple[Feed, Entity, FeedFreshness | None]]) -> Table:
    table = Table()
    for heading in (
        say("数据源", "feed"),
        say("数据", "entity"),
        say("负责", "owner"),
        say("节奏", "cadence"),
        say("数据至", "data to"),
        say("应于", "due"),
        say("状态", "state"),
    ):
        table.add_column(heading)
    for feed, entity, state in rows:
        word = _STATES[state.state][english()] if state and state.state in _STATES else "–"
        table.add_row(
            feed.name,
            f"{entity.name} {entity.label_en if english() else entity.label_zh}",
            f"{feed.department_en if english() else feed.department_zh} {feed.owner}",
            entity.calendar.cadence if entity.calendar else "–",
            str(state.data_period_end or "–") if state else "–",
            f"{state.due_at:%Y-%m-%d}" if state and state.due_at else "–",
            f"[red]{word}[/]" if state and state.state in ("late", "missing") else word,
        )
    return table
