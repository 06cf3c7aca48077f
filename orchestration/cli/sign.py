"""`district sign`: signing figures, and what is signed and what waits.

Belongs here: choosing figures and printing. Does not belong here: the rules of signing (`warehouse.sign_off`).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date

import typer
from rich.table import Table

from orchestration.cli.console import results
from orchestration.cli.exits import BLOCKED, refuse
from orchestration.cli.language import english, say
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.read import SnapshotReader, writing
from warehouse.read.overview import OverviewRow, overview
from warehouse.sign_off.signing import Signable, Signatory, sign, signable, step_named
from warehouse.sign_off.steps import STEP_EN, STEP_ZH, SignOffRefused


def sign_command(
    code: str | None,
    *,
    department: str | None,
    period: str | None,
    step: str | None,
    by: Signatory,
    listed: bool,
    as_json: bool,
) -> None:
    """List, or sign the figures of an indicator or of a department; exit with 1 when one of them cannot be signed."""
    home = Home.from_environment()
    reader = SnapshotReader(home)
    rows = {row.indicator_code: row for row in overview(reader) if department in (None, row.department_code)}
    if department is not None and not rows:
        known = ", ".join(sorted({row.department_code for row in overview(reader) if row.department_code}))
        refuse(
            f"没有部门 {department!r} 的指标；部门代码：{known}", f"no indicator of {department!r}; there are {known}"
        )
    with Ledger.of(home) as ledger:
        codes = [code] if code else [one for one, row in rows.items() if row.value is not None or ledger.withheld(one)]
        figures = [one for known in codes for one in signable(home, ledger, known, period)]
        if listed:
            _list(figures, rows, as_json=as_json)
            return
        if step is None or (code is None and department is None):
            refuse(
                "请写明签什么与哪一步：district sign CODE --step prepared --by 姓名（--department 签一个部门的全部），"
                "或 district sign --list。",
                "Say what to sign and which step: district sign CODE --step prepared --by NAME (--department for all "
                "of a department), or district sign --list.",
            )
        if not figures:
            refuse(
                f"{code or department} 没有可签署的数值（暂停发布的数值不能签署）。",
                f"{code or department} has no figure that can be signed (one on hold cannot be).",
            )
        outcome = sign(home, ledger, figures, step_named(step), by)
    refusals = [(one, refused) for one, refused in outcome if refused is not None]
    for one, refused in outcome:
        typer.echo(_said(one, step, by, refused))
    if refusals:
        raise typer.Exit(BLOCKED)


def _said(one: Signable, step: str, by: Signatory, refused: SignOffRefused | None) -> str:
    found = one.facts
    what = f"{found.indicator_code} {found.period_start}/{found.period_end} = {_number(found.value)}"
    if refused is not None:
        return say(f"未签\t{what}：{refused.zh}", f"not signed\t{what}: {refused.en}")
    return say(
        f"已签\t{what}：{STEP_ZH[step]}，{by.name}。"
        f"下次发布（district run 或 district publish now）后页面显示。摘要 {found.digest}",
        f"signed\t{what}: {STEP_EN[step]}, {by.name}. Pages show it after the next publication (district run, or "
        f"district publish now). Digest {found.digest}",
    )


def _list(figures: list[Signable], rows: dict[str, OverviewRow], *, as_json: bool) -> None:
    if as_json:
        listed = [
            {name: value for name, value in asdict(one.facts).items() if not name.endswith("_sha256")}
            | {
                "withheld": one.withheld,
                "next_step": one.standing.next_step,
                "signatures": [
                    {
                        name: getattr(by, name)
                        for name in ("event", "name", "office", "signed_at", "valid_until", "note")
                    }
                    for by in one.standing.signatures
                ],
                "void_cause_zh": one.standing.void.cause_zh if one.standing.void else None,
                "void_cause_en": one.standing.void.cause_en if one.standing.void else None,
            }
            for one in figures
        ]
        typer.echo(json.dumps(listed, ensure_ascii=False, indent=2, default=str))
        return
    table = Table()
    for heading in (say("指标", "indicator"), say("数据期止", "period end")):
        table.add_column(heading)
    table.add_column(say("数值", "value"), justify="right")
    for heading in (say("签署", "signatures"), say("下一步", "next")):
        table.add_column(heading)
    for one in figures:
        row = rows.get(one.facts.indicator_code)
        name = "" if row is None else f" {row.name_en if english() else row.name_zh}"
        table.add_row(
            f"{one.facts.indicator_code}{name}",
            str(one.facts.period_end) + (say(" 未发布", " not published") if one.withheld else ""),
            _number(one.facts.value),
            _signatures(one),
            _next(one.standing.next_step),
        )
    results().print(table)


def _signatures(one: Signable) -> str:
    words = STEP_EN if english() else STEP_ZH
    given = [
        f"{words[by.event]} {by.name} {by.signed_at:%Y-%m-%d}{_until(by.valid_until)}" for by in one.standing.signatures
    ]
    void = one.standing.void
    if not given and void is not None:
        return say(f"已失效：{void.cause_zh}", f"void: {void.cause_en}")
    return "\n".join(given) or "–"


def _until(day: date | None) -> str:
    return "" if day is None else say(f"（至 {day}）", f" (until {day})")


def _next(step: str | None) -> str:
    if step is None:
        return say("已签全", "all signed")
    return f"{step} {STEP_EN[step] if english() else STEP_ZH[step]}"


def _number(value: float | None) -> str:
    return writing.plain(value)
