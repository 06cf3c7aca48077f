"""`district notify`, and the notifications at the end of `district run`.

Belongs here: printing what was sent. Does not belong here: what is sent to whom (`warehouse.notify`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from orchestration.cli.console import remarks, results
from orchestration.cli.exits import BLOCKED, WRONG_USE
from orchestration.cli.language import english, say
from orchestration.notifications import Notified, send_notifications
from sources.contract.feed import Feed
from sources.contract.loading import load_feeds
from warehouse.district import district
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.notify.settings import settings_file
from warehouse.read import writing

if TYPE_CHECKING:
    from orchestration.runs import RunReport

_STATES = {
    "sent": ("已发送", "sent"),
    "failed": ("未送达", "failed"),
    "shown": ("将发送", "would be sent"),
    "waiting": ("下次再发", "next time"),
    "given_up": ("多次失败，不再重试", "failed too often, not tried again"),
    "begun": ("已开始，结果不明", "begun, outcome unknown"),
}


def notify_command(*, digest: bool, dry_run: bool, as_json: bool) -> None:
    """Send, or show; exit with 1 when something could not be sent, with 2 when nobody can be."""
    home = Home.from_environment().prepare()
    notified = send_notifications(home, load_feeds(), digest=digest, dry_run=dry_run)
    if notified.done is None:
        reason = notified.problem
        remarks().print(say(reason.zh, reason.en) if reason else _how_to_begin(home), markup=False)
        raise typer.Exit(WRONG_USE)
    if as_json:
        shown = {
            "messages": [asdict(one) for one in notified.done.delivered],
            "without_recipient": [
                {"kind": one.kind, "name_zh": one.name_zh, "departments": one.departments}
                for one in notified.done.unheard
            ],
        }
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        _print(notified, whole=dry_run)
    if any(one.state in ("failed", "given_up") for one in notified.done.delivered):
        raise typer.Exit(BLOCKED)


def notify_after_run(home: Home, feeds: Mapping[str, Feed], report: RunReport) -> None:
    """Tell what the run brought to light; whatever becomes of it, the run's exit code stays."""
    notified = send_notifications(home, feeds, stopped=[*report.faults, *report.stopped], run_id=report.run_id)
    if notified.problem is not None:
        remarks().print(say(notified.problem.zh, notified.problem.en), markup=False)
    for one in notified.done.delivered if notified.done else ():
        remarks().print(_line(one.recipient, one.channel, one.state, one.title, one.error), markup=False)


def log_command(*, as_json: bool) -> None:
    """The delivery log, newest last; an attempt is its last row."""
    with Ledger.of(Home.from_environment().prepare()) as ledger:
        rows = ledger.notifications()
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2, default=str))
        return
    table = Table()
    for heading in (say("时间", "at"), say("接收人", "recipient"), say("渠道", "channel"), say("状态", "state")):
        table.add_column(heading)
    table.add_column(say("标题", "title"))
    table.add_column(say("原因", "why"))
    for position, row in enumerate(rows):
        if row.state == "begun" and any(later.message_key == row.message_key for later in rows[position + 1 :]):
            continue
        at = writing.moment(row.at, ZoneInfo(district().zone))
        table.add_row(at, row.recipient, row.channel, _STATES[row.state][english()], row.title, row.error or "")
    results().print(table)


def _print(notified: Notified, *, whole: bool) -> None:
    done = notified.done
    assert done is not None  # looked at by the caller
    console = results()
    if not done.delivered:
        console.print(say("没有要通知的新情况。", "Nothing new to tell."))
    for one in done.delivered:
        console.print(_line(one.recipient, one.channel, one.state, one.title, one.error), markup=False)
        if whole:
            console.print(f"{one.body}\n", markup=False, highlight=False)
    for cause in done.unheard:
        departments = ", ".join(cause.departments) or "*"
        console.print(
            say(
                f"没有接收人：{cause.name_zh}（部门 {departments}）；请在通知设置里补上",
                f"nobody to tell of {cause.name_en} (department {departments}); add a recipient to the settings",
            ),
            markup=False,
        )


def _line(recipient: str, channel: str, state: str, title: str, error: str | None) -> str:
    word = say("通知", "notification")
    return f"{word} {_STATES[state][english()]}  {recipient} ({channel})  {title}{f'  {error}' if error else ''}"


def _how_to_begin(home: Home) -> str:
    file = settings_file(home)
    return say(
        f"没有通知设置，不发送任何通知。请按 docs/notifications.md 写 {file}（或用 DISTRICT_NOTIFY 指定）",
        f"There are no settings, so nobody is notified. Write {file} as docs/notifications.md shows (or name another "
        "by DISTRICT_NOTIFY)",
    )
