"""`district publish`: what a publication would change, and going back to an earlier one.

Belongs here: choosing and printing. Does not belong here: comparing (`warehouse.publish.preview`), switching
(`warehouse.publish.recovery`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

import typer

from orchestration import build_state
from orchestration.cli.exits import BLOCKED, refuse
from orchestration.cli.language import say
from orchestration.cli.run import reason_given
from orchestration.layers import manifest_path
from orchestration.runs import new_run_id, publish_as_built
from orchestration.writing import writing
from warehouse import clock
from warehouse.district import district
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.publish.preview import ModelChange, Preview, RowChange, preview
from warehouse.publish.recovery import rollback
from warehouse.publish.report import FigureChange


def rollback_command(snapshot_id: str | None, *, reason: str) -> None:
    """Switch to a published snapshot (default: the one before the current one); newer ones are withdrawn."""
    home = Home.from_environment().prepare()
    with writing(home), Ledger.of(home) as ledger:
        earlier = [snapshot.snapshot_id for snapshot in ledger.snapshots(state="published")][:-1]
        target = snapshot_id or (earlier[-1] if earlier else None)
        if target is None:
            refuse("没有更早的发布可恢复", "there is no earlier publication to go back to")
        restored = rollback(home, target, ledger=ledger, reason=reason)
    typer.echo(
        say(
            f"页面现在读取第 {restored.number} 次发布（{restored.snapshot_id}）",
            f"pages now read publication {restored.number} ({restored.snapshot_id})",
        )
    )


def now_command(as_of: date | None, *, reasons: Sequence[str]) -> None:
    """Publish the marts as the last run left them, e.g. after signing; exit with 1 when an indicator is held."""
    home = Home.from_environment().prepare()
    given = dict(reason_given(text) for text in reasons)
    with writing(home), Ledger.of(home) as ledger:
        built = build_state.read(home)
        if built is None or built.state != "clean":
            refuse(
                "没有完整的计算结果可发布，请先运行 district run。",
                "there is no finished build to publish; run district run first",
            )
        published = ledger.snapshots(state="published")
        day = as_of or (published[-1].as_of if published else clock.today(district().time_zone))
        report = publish_as_built(home, ledger, as_of=day, run_id=new_run_id("p"), reasons=given)
    outcome_zh = "已发布" if report.published else "与上次发布相同，未新增发布"
    outcome_en = "Published" if report.published else "As the last publication, none added"
    typer.echo(
        say(
            f"{outcome_zh}：第 {report.number} 次（{report.snapshot_id}）；"
            f"新增 {report.new_figures}、修订 {report.revised_figures} 个数值，{report.voided} 个数值的签署失效，"
            f"{report.withheld} 个数值待签署，扣留 {len(report.held)} 项指标。",
            f"{outcome_en}: {report.number} ({report.snapshot_id}); {report.new_figures} new, "
            f"{report.revised_figures} revised figures, signatures of {report.voided} void, {report.withheld} wait for "
            f"signatures, {len(report.held)} indicators held.",
        )
    )
    if report.held:
        raise typer.Exit(BLOCKED)


def preview_command(as_of: date | None, *, reasons: Sequence[str], as_json: bool) -> None:
    """Print what publishing the marts as they are would change; exit with 1 when an indicator would be held."""
    home = Home.from_environment().prepare()
    day = as_of or clock.today(district().time_zone)
    given = dict(reason_given(text) for text in reasons)
    with writing(home), Ledger.of(home) as ledger:
        found = preview(home, ledger, as_of=day, manifest_path=manifest_path(home), reasons=given)
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2, default=str))
    else:
        _print(found)
    if found.report.held:
        raise typer.Exit(BLOCKED)


def print_difference(rows: Sequence[RowChange], models: Sequence[ModelChange], figures: Sequence[FigureChange]) -> None:
    """A line a change, on the three levels."""
    for row in rows:
        typer.echo(
            say(
                f"行\t{row.feed}.{row.entity}：新增 {row.rows_added:,} 行，不再采用 {row.rows_withdrawn:,} 行",
                f"rows\t{row.feed}.{row.entity}: {row.rows_added:,} added, {row.rows_withdrawn:,} no longer used",
            )
        )
    for model in models:
        versions = f"{model.version_before or '–'} → {model.version or '–'}"
        typer.echo(
            say("模型", "model") + f"\t{model.indicator_code} {model.model_name or '–'}: {model.change} ({versions})"
        )
    for change in figures:
        period = f"{change.period_start}/{change.period_end}"
        values = f"{_number(change.previous_value)} → {_number(change.value)}"
        reason = f"({change.reason_class}: {change.reason})"
        typer.echo(say("数值", "figure") + f"\t{change.indicator_code} {period}: {values} {reason}")


def _print(found: Preview) -> None:
    print_difference(found.rows, found.models, found.report.changes)
    for held in found.report.held:
        typer.echo(say(f"扣留\t{held.indicator_code}：{held.zh}", f"held\t{held.indicator_code}: {held.en}"))
    report = found.report
    typer.echo(
        say(
            f"若现在发布：新增 {report.new_figures}、修订 {report.revised_figures}、"
            f"撤回 {report.withdrawn_figures} 个数值，{report.voided} 个数值的签署失效，"
            f"{report.withheld} 个数值待签署，扣留 {len(report.held)} 项指标。尚未发布。",
            f"Publishing now: {report.new_figures} new, {report.revised_figures} revised, {report.withdrawn_figures} "
            f"withdrawn figures, signatures of {report.voided} void, {report.withheld} waiting for signatures, "
            f"{len(report.held)} indicators held. Nothing was published.",
        )
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.10g}"
