"""`district trace`: where a figure comes from, and whether its raw rows give it again.

Belongs here: printing. Does not belong here: tracing and recomputing (`warehouse.provenance.trace`).
"""

from __future__ import annotations

import typer
from rich.table import Table

from orchestration.cli.console import results
from orchestration.cli.exits import BLOCKED
from orchestration.cli.language import english, say
from warehouse.home import Home
from warehouse.provenance.trace import Trace, trace


def trace_command(code: str, *, period: str | None, area: str | None, as_json: bool) -> None:
    """Recompute, print, exit with 1 when the figure does not come out again."""
    found = trace(Home.from_environment(), code, period, area)
    if as_json:
        typer.echo(found.to_json())
    else:
        _print(found)
    if found.agrees is False:
        raise typer.Exit(BLOCKED)


def _print(found: Trace) -> None:
    console = results()
    name, definition = (found.name_en, found.definition_en) if english() else (found.name_zh, found.definition_zh)
    console.print(f"[bold]{found.indicator_code} {name}[/]")
    lines = (
        (say("数据期", "period"), f"{found.period_start} – {found.period_end} ({found.period_type})"),
        (say("区域", "area"), found.area_code),
        (say("已发布", "published"), _figure(found.value, found.numerator, found.denominator, found.unit)),
        (
            say("复算", "recomputed"),
            _figure(found.recomputed, found.recomputed_numerator, found.recomputed_denominator, found.unit),
        ),
        (say("一致", "agrees"), _agreement(found)),
        (say("口径", "definition"), f"v{found.definition_version} {definition or ''}"),
        (say("模型", "model"), found.model_name or "–"),
        (say("快照", "snapshot"), f"{found.snapshot_id} ({say('程序版本', 'code version')} {found.code_version})"),
    )
    for label, text in lines:
        console.print(f"{label}\t", end="")
        console.print(text, markup=False)
    if found.batches:
        console.print(_batches(found))
    for one in found.corrections:
        place = " / ".join(str(part) for part in (one.file_name, one.sheet, one.row_number) if part is not None)
        wrong, right = (say("（空）", "(empty)") if value is None else value for value in (one.expected, one.corrected))
        console.print(
            say(
                f"更正\t{one.batch_id} {one.column_name}：报送 {wrong}，采用 {right}（{one.rows:,} 行，首例 {place}）"
                f"{one.correction}：{one.reason_zh}（{one.who}）",
                f"corrected\t{one.batch_id} {one.column_name}: delivered {wrong}, used {right} ({one.rows:,} rows, "
                f"first {place}) {one.correction}: {one.reason_en} ({one.who})",
            ),
            markup=False,
        )
    if found.evidence_only:
        console.print(say("另有批次无行计入：", "batches of which no row counts: ") + ", ".join(found.evidence_only))


def _figure(value: float | None, numerator: float | None, denominator: float | None, unit: str | None) -> str:
    if value is None:
        return "–"
    parts = f" = {numerator:,.10g} / {denominator:,.10g}" if numerator is not None and denominator is not None else ""
    return f"{value:,.10g} {unit or ''}{parts}"


def _agreement(found: Trace) -> str:
    if found.agrees is None:
        return say("该指标没有复算语句", "the definition has no proof")
    return say("是", "yes") if found.agrees else say("否", "NO")


def _batches(found: Trace) -> Table:
    table = Table()
    for heading in (say("批次", "batch"), say("数据", "entity"), say("文件", "file"), "SHA-256"):
        table.add_column(heading)
    table.add_column(say("计入行", "rows"), justify="right")
    for batch in found.batches:
        table.add_row(
            batch.batch_id, f"{batch.feed}.{batch.entity}", batch.file_name, batch.sha256[:16], f"{batch.rows:,}"
        )
    return table
