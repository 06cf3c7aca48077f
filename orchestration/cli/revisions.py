"""`district revisions`: what was said of each period by each publication.

Belongs here: printing. Does not belong here: laying the triangle out (`warehouse.read.revisions`).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date

import typer
from rich.table import Table

from orchestration.cli.console import results
from orchestration.cli.language import english, say
from warehouse.home import Home
from warehouse.read import SnapshotReader
from warehouse.read.indicator import definition
from warehouse.read.publications import known_on as reader_known_on
from warehouse.read.revisions import RevisionTriangle, TriangleCell, revision_triangle

# As many publications as a terminal is wide; --json has all.
_SHOWN = 8


def revisions_command(
    code: str, *, period_type: str | None, area: str | None, known_on: date | None, as_json: bool
) -> None:
    """Print the triangle; a figure that is new or changed in a publication carries a star."""
    home = Home.from_environment()
    reader = SnapshotReader(home) if known_on is None else reader_known_on(home, known_on)
    found = revision_triangle(reader, code, period_type=period_type, area_code=area)
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2, default=str))
        return
    what = definition(reader, code)
    console = results()
    console.print(f"[bold]{code} {what.name_en if english() else what.name_zh}[/] ({reader.snapshot_id})")
    console.print(_table(found, what.decimals))
    hidden = len(found.columns) - _SHOWN
    if hidden > 0:
        console.print(say(f"更早的 {hidden} 次发布见 --json", f"{hidden} earlier publications: --json"))
    for row in found.rows:
        for cell in row.cells[1:]:
            if cell is not None and cell.is_new and cell.reason_class != "first_publication":
                text = f"{row.period_start} – {row.period_end}\t{_figure(cell, what.decimals)}\t{cell.reason_class}: "
                console.print(text + cell.reason, markup=False)


def _table(found: RevisionTriangle, decimals: int) -> Table:
    table = Table()
    table.add_column(say("数据期", "period"))
    for column in found.columns[-_SHOWN:]:
        # The day and time of saying, UTC as the ledger has it.
        table.add_column(f"{column.snapshot_id}\n{column.published_at:%Y-%m-%d %H:%M}Z", justify="right")
    for row in found.rows:
        table.add_row(
            f"{row.period_start} – {row.period_end}", *(_figure(cell, decimals) for cell in row.cells[-_SHOWN:])
        )
    return table


def _figure(cell: TriangleCell | None, decimals: int) -> str:
    if cell is None:
        return ""
    text = say("撤回", "withdrawn") if cell.value is None else f"{cell.value:,.{decimals}f}"
    return f"{text} *" if cell.is_new else text
