"""`district run`: one run, and a table of what it brought.

Belongs here: arguments and printing. Does not belong here: the run itself (`orchestration.runs`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from typing import TYPE_CHECKING, Any, cast, get_args

import typer
from rich.table import Table

from orchestration.cli.console import results
from orchestration.cli.exits import FINE, refuse
from orchestration.cli.language import english, say
from sources.contract.feed import Feed
from sources.contract.loading import load_feeds
from warehouse import clock
from warehouse.district import district
from warehouse.home import Home
from warehouse.publish.report import Reason as PublishReason
from warehouse.publish.report import ReasonClass

if TYPE_CHECKING:
    from orchestration.runs import RunReport


def run_command(
    chosen: Sequence[str],
    as_of: date | None,
    from_day: date | None,
    to_day: date | None,
    *,
    reasons: Sequence[str],
    full: bool,
    as_json: bool,
) -> None:
    """Run, print, exit with the run's code."""
    home = Home.from_environment()
    today = clock.today(district().time_zone)
    as_of = as_of or today
    period = _period(from_day, to_day, as_of)
    recorded_reasons = dict(reason_given(text) for text in reasons)
    feeds = known_feeds(chosen)

    with served_departments(home):
        from orchestration.runs import run_district

        report = run_district(
            home, feeds, chosen=chosen, as_of=as_of, period=period, reasons=recorded_reasons, full=full
        )
    if as_json:
        typer.echo(json.dumps(_as_json(report), ensure_ascii=False, indent=2))
    else:
        _print(report, feeds)
    from orchestration.cli.notify import notify_after_run

    notify_after_run(home, feeds, report)
    if report.exit_code != FINE:
        raise typer.Exit(report.exit_code)


def known_feeds(chosen: Sequence[str]) -> Mapping[str, Feed]:
    """All feeds; refuses the command when one of `chosen` is none."""
    feeds = load_feeds()
    unknown = [name for name in chosen if name not in feeds]
    if unknown:
        known = ", ".join(sorted(feeds))
        refuse(f"没有数据源 {', '.join(unknown)}；已有：{known}", f"no feed {', '.join(unknown)}; there are: {known}")
    return feeds


def served_departments(home: Home) -> AbstractContextManager[Any]:
    """The simulated departments' services while the block runs; nothing where the home has no simulated departments."""
    if not home.departments.is_dir():
        return nullcontext()
    from sources.simulator import serve_departments

    return serve_departments(home)


def _period(from_day: date | None, to_day: date | None, as_of: date) -> tuple[date, date] | None:
    if from_day is None and to_day is None:
        return None
    if from_day is None:
        refuse("用了 --to，还需 --from", "--to needs --from")
    last = to_day or as_of
    if last < from_day:
        refuse(f"--to {last} 早于 --from {from_day}", f"--to {last} is before --from {from_day}")
    return from_day, last


def reason_given(text: str) -> tuple[str, PublishReason]:
    """`CODE:class:text` of the command line."""
    code, _, rest = text.partition(":")
    reason_class, _, words = rest.partition(":")
    if reason_class not in get_args(ReasonClass) or not words.strip():
        classes = " | ".join(get_args(ReasonClass))
        refuse(
            f"--reason {text!r} 应写成 指标编码:类别:说明，类别为 {classes}",
            f"--reason {text!r} has to read CODE:class:text, the class one of {classes}",
        )
    return code, PublishReason(cast(ReasonClass, reason_class), words.strip())


def _as_json(report: RunReport) -> dict[str, Any]:
    return {
        "run_id": report.run_id,
        "as_of": report.as_of.isoformat(),
        "exit_code": report.exit_code,
        "built": report.built,
        "batches": [
            {
                "batch_id": batch.batch_id,
                "feed": batch.feed,
                "entity": batch.entity,
                "file_name": batch.file_name,
                "status": batch.status,
                "rows_read": batch.rows_read,
                "rows_admitted": batch.rows_admitted,
                "rows_rejected": batch.rows_rejected,
                "reason_zh": batch.reason_zh,
                "reason_en": batch.reason_en,
            }
            for batch in report.batches
        ],
        "reasons": [{"zh": reason.zh, "en": reason.en} for reason in report.verdict.reasons],
        "faults": [{"zh": fault.zh, "en": fault.en} for fault in report.faults],
    }


def _print(report: RunReport, feeds: Mapping[str, Feed]) -> None:
    console = results()
    if report.batches:
        console.print(_table(report, feeds))
    else:
        console.print(say("没有新的交付。", "Nothing new was delivered."))
    if not report.built:
        console.print(
            say(
                "数据、口径与程序均未变化，无需重新计算。",
                "Data, definitions and code are unchanged: nothing to build.",
            )
        )
    for title, reasons in (
        (say("需要处理", "Needs attention"), report.verdict.reasons),
        (say("程序故障", "Faults of ours"), report.faults),
    ):
        for reason in reasons:
            console.print(f"[bold red]{title}[/]  ", end="")
            console.print(say(reason.zh, reason.en), markup=False)
    seconds = (clock.now() - report.started_at).total_seconds()
    console.print(
        say(
            f"运行 {report.run_id}，数据截至 {report.as_of}，用时 {seconds:.0f} 秒，退出码 {report.exit_code}",
            f"run {report.run_id}, as of {report.as_of}, {seconds:.0f} s, exit code {report.exit_code}",
        )
    )


def _table(report: RunReport, feeds: Mapping[str, Feed]) -> Table:
    table = Table()
    for heading in (say("数据源", "feed"), say("数据", "entity")):
        table.add_column(heading)
    for heading in (say("批次", "batches"), say("准入行", "rows"), say("拒收行", "rejected"), say("扣留", "held")):
        table.add_column(heading, justify="right")
    table.add_column(say("状态", "state"))
    for feed in feeds.values():
        for entity in feed.entities.values():
            batches = [batch for batch in report.batches if (batch.feed, batch.entity) == (feed.name, entity.name)]
            if not batches:
                continue
            held = sum(batch.status == "held" for batch in batches)
            table.add_row(
                feed.label_en if english() else feed.label_zh,
                entity.label_en if english() else entity.label_zh,
                f"{len(batches):,}",
                f"{sum(batch.rows_admitted or 0 for batch in batches if batch.status != 'held'):,}",
                f"{sum(batch.rows_rejected or 0 for batch in batches):,}",
                f"{held:,}",
                f"[red]{say('有扣留', 'held')}[/]" if held else say("准入", "admitted"),
            )
    return table
