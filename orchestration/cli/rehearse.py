"""`district rehearse`: what a run would change, by running it in a copy of the home that is thrown away.

Belongs here: arguments and printing. Does not belong here: the rehearsal itself (`orchestration.rehearsal`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

import typer

from orchestration.cli.exits import refuse
from orchestration.cli.language import say
from orchestration.cli.publish import print_difference
from orchestration.cli.run import known_feeds
from orchestration.rehearsal import CannotRehearse, rehearse
from warehouse.home import Home


def rehearse_command(
    chosen: Sequence[str], as_of: date | None, from_day: date | None, to_day: date | None, *, as_json: bool
) -> None:
    """Rehearse, print, exit with the code that the run would end with."""
    feeds = known_feeds(chosen)
    given = {"--as-of": as_of, "--from": from_day, "--to": to_day}
    arguments = [part for name, day in given.items() if day is not None for part in (name, day.isoformat())]
    try:
        found = rehearse(Home.from_environment(), feeds, chosen, arguments)
    except CannotRehearse as cannot:
        refuse(cannot.zh, cannot.en)
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2, default=str))
    else:
        print_difference(found.difference.rows, found.difference.models, found.difference.figures)
        for reason in (*found.run["reasons"], *found.run["faults"]):
            typer.echo(say("需要处理", "Needs attention") + f"\t{say(reason['zh'], reason['en'])}")
        figures = found.difference.figures
        revised = sum(figure.previous_value is not None for figure in figures)
        typer.echo(
            say(
                f"若照此运行：新增 {len(figures) - revised} 个、修订 {revised} 个全区数值。这是预演，什么也没有改变。",
                f"Such a run: {len(figures) - revised} new and {revised} revised figures of the district. "
                "A rehearsal: nothing was changed.",
            )
        )
    if found.exit_code:
        raise typer.Exit(found.exit_code)
