"""`district correct`: workbooks of failing rows, their check, and sending them as a correction.

Belongs here: the commands, and their answers for people and for the owner's desk (`--json`). Does not belong here:
reading, judging or keeping a correction (`sources/correction`).
"""

from __future__ import annotations

import json
import resource
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import typer

from orchestration.cli.exits import BLOCKED, FINE, WRONG_USE, refuse
from orchestration.cli.language import english, say
from sources.correction.corrected_batch import NotCorrectable
from sources.correction.precheck import Precheck, make_workbook, precheck, send
from sources.reading.relation import UnreadableDelivery
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.ledger.owner_actions import ActorSource
from warehouse.owner_desk.corrections import Remark

# Admission keeps to 1 GB; a workbook built to swell in memory ends this process and nothing else.
_ADDRESS_SPACE = 6 << 30


def workbook_command(batch_id: str, *, check_key: str | None, out: Path, as_json: bool) -> None:
    """Write the workbook of a batch's failing rows."""

    def make(home: Home, ledger: Ledger) -> int:
        count = make_workbook(home, ledger, batch_id, out, check_key=check_key)
        if as_json:
            typer.echo(json.dumps({"rows": count}))
        else:
            typer.echo(say(f"{out} · {count} 行", f"{out} · {count} rows"))
        return FINE

    _at_the_desk(make, as_json=as_json)


def check_command(file: Path, *, as_json: bool) -> None:
    """Check a workbook; 1 when it cannot be sent yet."""
    _at_the_desk(lambda home, ledger: _tell(precheck(home, ledger, file), as_json=as_json, sent=False), as_json=as_json)


def send_command(file: Path, *, name: str | None, by: str, source: ActorSource, as_json: bool) -> None:
    """Check a workbook and leave it for the next pull of its feed."""

    def hand_in(home: Home, ledger: Ledger) -> int:
        checked = send(home, ledger, file, file_name=name or file.name, sent_by=by, sender_source=source)
        return _tell(checked, as_json=as_json, sent=checked.ready)

    _at_the_desk(hand_in, as_json=as_json)


def _at_the_desk(act: Callable[[Home, Ledger], int], *, as_json: bool) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, hard))
    home = Home.from_environment()
    try:
        with Ledger.of(home) as ledger:
            code = act(home, ledger)
    except (NotCorrectable, UnreadableDelivery) as refused:
        if not as_json:
            refuse(refused.zh, refused.en)
        typer.echo(json.dumps({"refused": {"zh": refused.zh, "en": refused.en}}, ensure_ascii=False))
        raise typer.Exit(WRONG_USE) from refused
    raise typer.Exit(code)


def _tell(checked: Precheck, *, as_json: bool, sent: bool) -> int:
    if as_json:
        typer.echo(json.dumps(checked.to_json(), ensure_ascii=False))
    else:
        for line in (*_lines(checked.problems, say("待改", "wrong")), *_lines(checked.warnings, say("提示", "note"))):
            typer.echo(line)
        if checked.reason_zh:
            typer.echo(say(checked.reason_zh, checked.reason_en or ""))
        typer.echo(_summary(checked, sent=sent))
    return FINE if checked.ready else BLOCKED


def _lines(remarks: Sequence[Remark], word: str) -> list[str]:
    def text(remark: Remark) -> str:
        place: list[Any] = [remark.file_name, remark.sheet, remark.row]
        return f"{word} · {' · '.join(str(part) for part in place if part)} · {remark.en if english() else remark.zh}"

    return [text(remark) for remark in remarks]


def _summary(checked: Precheck, *, sent: bool) -> str:
    counts = say(
        f"更正 {checked.rows_corrected} 行，删除 {checked.rows_removed} 行；"
        f"采纳后本批入库 {checked.rows_admitted} 行，仍不合格 {checked.rows_rejected} 行",
        f"{checked.rows_corrected} rows corrected, {checked.rows_removed} left out; "
        f"the batch would then have {checked.rows_admitted} rows, {checked.rows_rejected} still rejected",
    )
    state = say("尚不能提交", "not ready to be sent")
    if sent:
        state = say("已提交，下次运行入库", "sent; the next run takes it in")
    elif checked.ready:
        state = say("可以提交", "ready to be sent")
    return f"{state} · {counts}"
