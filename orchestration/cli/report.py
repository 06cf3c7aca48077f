"""`district report` and `district verify-report`: the editable report, and whether its numbers still hold.

Belongs here: which file is written where, and printing. Does not belong here: making and comparing
(`warehouse.report`).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path

import typer

from orchestration.cli.console import remarks
from orchestration.cli.exits import BLOCKED, refuse
from orchestration.cli.language import say
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.read import SnapshotReader
from warehouse.read.overview import snapshot_info
from warehouse.report import document, pdf
from warehouse.report.verifying import verify_report


def report_command(
    as_of: date | None, *, out: Path | None, template: Path | None, snapshot_id: str | None, as_pdf: bool
) -> None:
    """Write the report; with `as_pdf` a PDF beside it. A file that is there already is replaced."""
    reader = SnapshotReader(Home.from_environment(), snapshot_id)
    made = document.report(reader, as_of, template or document.TEMPLATE)
    info = snapshot_info(reader)
    target = out or Path(document.file_name(info.district_zh, made.as_of, made.snapshot_id))
    if target.suffix.lower() != ".docx":
        refuse(f"{target}：报告为 .docx，请用 .docx 作扩展名。", f"{target}: a report is a .docx; name it so.")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    try:
        part.write_bytes(made.content)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    simulated = say(" · 模拟数据", " · simulated data") if info.simulated else ""
    typer.echo(
        say(
            f"{target} · 数据截至 {made.as_of} · 发布 {made.snapshot_id} · {made.numbers} 个数字控件{simulated}",
            f"{target} · as of {made.as_of} · publication {made.snapshot_id} · {made.numbers} bound numbers{simulated}",
        )
    )
    if as_pdf:
        typer.echo(str(pdf.convert(target)))


def verify_report_command(path: Path, *, as_json: bool, allow_removed: bool) -> None:
    """Compare, print, exit with 1 when a number does not match."""
    home = Home.from_environment().prepare()
    with Ledger.of(home) as ledger:
        result = verify_report(home, ledger, path, allow_removed=allow_removed)
    if as_json:
        typer.echo(json.dumps(asdict(result), ensure_ascii=False, indent=2))
    else:
        for finding in result.findings:
            typer.echo(say(finding.zh, finding.en))
        for remark in result.remarks:
            remarks().print(say(remark.zh, remark.en))
        made_from = ", ".join(dict.fromkeys(result.publications))
        typer.echo(
            say(
                f"{result.file}：核对 {result.numbers} 个数字（发布 {made_from}），{len(result.findings)} 处不符",
                f"{result.file}: {result.numbers} numbers compared (publication {made_from}), "
                f"{len(result.findings)} do not match",
            )
        )
    if result.findings:
        raise typer.Exit(BLOCKED)
