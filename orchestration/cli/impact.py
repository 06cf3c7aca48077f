"""`district impact`: if this field of this feed is wrong, what is touched.

Belongs here: printing. Does not belong here: finding it out (`warehouse.read.impact`).
"""

from __future__ import annotations

import typer
from rich.table import Table

from orchestration.cli.console import results
from orchestration.cli.language import english, say
from warehouse.home import Home
from warehouse.read import SnapshotReader
from warehouse.read.impact import Impact, impact

_PARTS = 3  # feed, entity, field


def impact_command(place: str, *, as_json: bool) -> None:
    """Print what FEED.ENTITY.FIELD goes into; direct first."""
    parts = place.split(".")
    if len(parts) != _PARTS or not all(parts):
        raise typer.BadParameter(
            say(
                f"{place!r} 应写成 数据源.数据表.字段，如 parking.prk_lot.networked_on",
                f"{place!r}: write FEED.ENTITY.FIELD, such as parking.prk_lot.networked_on",
            )
        )
    found = impact(SnapshotReader(Home.from_environment()), *parts)
    if as_json:
        typer.echo(found.to_json())
    else:
        _print(found)


def _print(found: Impact) -> None:
    console = results()
    console.print(
        f"[bold]{found.feed}.{found.entity}.{found.field}[/]", found.label_en if english() else found.label_zh
    )
    direct = sum(figure.direct for figure in found.figures)
    console.print(
        say(
            f"{len(found.figures)} 个指标：直接 {direct}，间接（筛选、关联、分组）{len(found.figures) - direct}",
            f"{len(found.figures)} indicators: {direct} directly, {len(found.figures) - direct} indirectly "
            "(filter, join, grouping)",
        )
    )
    if found.figures:
        console.print(_figures(found))
    for claim in found.claims:
        text = claim.text_en if english() else claim.text_zh
        console.print(say("规划论断：", "claim: ") + text, markup=False)
    console.print(say("导出与报告：", "exports and reports: ") + (", ".join(found.exports) or "–"), markup=False)
    if found.unresolved:
        console.print(
            say(
                f"注意：有 {found.unresolved} 个字段的来源未能解析，以上可能不全；见发布表 lineage_column。",
                f"Note: the origin of {found.unresolved} columns is not known, so this may be incomplete; see the "
                "public table lineage_column.",
            )
        )


def _figures(found: Impact) -> Table:
    table = Table()
    for heading in (say("指标", "indicator"), say("名称", "name"), say("关系", "way"), say("方式", "by")):
        table.add_column(heading)
    table.add_column(say("已发布期数", "periods"), justify="right")
    table.add_column(say("进报告", "in report"))
    for figure in found.figures:
        table.add_row(
            figure.indicator_code,
            figure.name_en if english() else figure.name_zh,
            say("直接", "direct") if figure.direct else say("间接", "indirect"),
            ", ".join(figure.kinds),
            f"{figure.periods:,}",
            say("是", "yes") if figure.reported else "",
        )
    return table
