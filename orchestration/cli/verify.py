"""`district verify`: prints what the comparison found.

Belongs here: printing. Does not belong here: comparing (`warehouse.provenance.verify`).
"""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

from orchestration.cli.exits import BLOCKED
from orchestration.cli.language import say
from warehouse.home import Home
from warehouse.provenance.verify import verify_home


def verify_command(*, as_json: bool, continues: str | None = None) -> None:
    """Compare, print, exit with 1 when anything disagrees."""
    home = Home.from_environment().prepare()
    result = verify_home(home, continues=continues)
    if as_json:
        typer.echo(json.dumps(asdict(result), ensure_ascii=False, indent=2))
    else:
        for finding in result.findings:
            typer.echo(say(finding.zh, finding.en))
            if finding.remedy_zh:
                typer.echo("  → " + say(finding.remedy_zh, finding.remedy_en))
        typer.echo(
            say(
                f"核对 {result.files} 个落地文件、{result.batches} 个批次、{result.figures} 个数值、"
                f"{result.revisions} 条修订（快照 {result.snapshot_id or '无'}）：{len(result.findings)} 处不一致",
                f"{result.files} landed files, {result.batches} batches, {result.figures} figures, "
                f"{result.revisions} revisions (snapshot {result.snapshot_id or 'none'}): "
                f"{len(result.findings)} disagreements",
            )
        )
        if result.head is not None:
            typer.echo(say(f"台账链首 {result.head}", f"head of the ledger {result.head}"))
        if result.unhashed or result.adopted:
            typer.echo(
                say(
                    f"{result.unhashed} 处文件、{result.adopted} 处台账内容早于哈希记录，只能核对行数与此后的变动",
                    f"{result.unhashed} files and {result.adopted} parts of the ledger are older than the hashes: only "
                    "row counts, and what happened since, are compared",
                )
            )
    if result.findings:
        raise typer.Exit(BLOCKED)
