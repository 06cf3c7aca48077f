"""The `district` command: its commands and options.

Belongs here: the command tree. Does not belong here: what a command does (a module of its own beside this one).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.exits import DistrictGroup

app = typer.Typer(
    cls=DistrictGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="从部门数据到可复算的指标 / From departmental deliveries to provable figures. "
    "退出码 exit codes: 0 正常 fine, 1 阻断检查未通过或批次被扣留 blocked, "
    "2 用法错误 wrong use, 3 程序故障 a fault of ours. "
    "DISTRICT_HOME 数据目录 home, DISTRICT_FEEDS 附加数据源 extra feeds, DISTRICT_LANG=en English.",
)
publish_app = typer.Typer(cls=DistrictGroup, no_args_is_help=True, help="已发布的快照 / Published snapshots")
app.add_typer(publish_app, name="publish")


def _day(text: str) -> date:
    """YYYY-MM-DD; typer reports the ValueError as wrong use."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r}: YYYY-MM-DD") from None


Feeds = Annotated[list[str] | None, typer.Option("--feed", help="只处理这些数据源 / only these feeds")]
AsOf = Annotated[
    date | None, typer.Option("--as-of", parser=_day, metavar="DATE", help="按该日评判 / judged on this day")
]
KnownOn = Annotated[
    date | None,
    typer.Option("--known-on", parser=_day, metavar="DATE", help="该日页面所见的发布 / what was published by that day"),
]
FirstDay = Annotated[date | None, typer.Option("--from", parser=_day, metavar="DATE", help="起日 / first day")]
LastDay = Annotated[date | None, typer.Option("--to", parser=_day, metavar="DATE", help="止日 / last day")]
Reasons = Annotated[
    list[str] | None,
    typer.Option("--reason", metavar="CODE:CLASS:TEXT", help="为大幅变动记下原因 / record why a figure changes much"),
]
FaultKinds = Annotated[
    list[str] | None,
    typer.Option("--faults", metavar="KIND[,KIND]|all", help="注入这些故障，如 F05,F14 / inject these faults"),
]
FaultSeed = Annotated[int | None, typer.Option("--fault-seed", help="故障位置的种子 / seed of the faults' places")]
AsJson = Annotated[bool, typer.Option("--json", help="机器可读 / machine readable")]


@app.command()
def run(
    feed: Feeds = None,
    as_of: AsOf = None,
    from_day: FirstDay = None,
    to_day: LastDay = None,
    reason: Reasons = None,
    full: Annotated[bool, typer.Option("--full", help="从头计算 / build from nothing, changed or not")] = False,
    as_json: AsJson = False,
) -> None:
    """接收、准入、计算、检查、发布 / Pull, admit, build, check, publish."""
    from orchestration.cli.run import run_command

    run_command(feed or [], as_of, from_day, to_day, reasons=reason or [], full=full, as_json=as_json)


@app.command()
def rehearse(
    feed: Feeds = None, as_of: AsOf = None, from_day: FirstDay = None, to_day: LastDay = None, as_json: AsJson = False
) -> None:
    """预演一次运行（补数、更正）：会变的行、模型与数值，不留痕迹 / What such a run would change; leaves no trace."""
    from orchestration.cli.rehearse import rehearse_command

    rehearse_command(feed or [], as_of, from_day, to_day, as_json=as_json)


@app.command()
def status(as_json: AsJson = False, as_of: AsOf = None, known_on: KnownOn = None) -> None:
    """各指标对照规划的进度 / Indicators against the plan."""
    from orchestration.cli.status import status_command

    status_command(as_json=as_json, as_of=as_of, known_on=known_on)


@app.command()
def revisions(
    code: Annotated[str, typer.Argument(help="指标编码 / indicator code")],
    period_type: Annotated[
        str | None, typer.Option(help="month、quarter、year 等，默认主要期别 / default: the main kind of period")
    ] = None,
    area: Annotated[str | None, typer.Option(help="街镇代码 / subdistrict code")] = None,
    known_on: KnownOn = None,
    as_json: AsJson = False,
) -> None:
    """各次发布所报的数值（修订三角）/ What each publication said of each period, a revision triangle."""
    from orchestration.cli.revisions import revisions_command

    revisions_command(code, period_type=period_type, area=area, known_on=known_on, as_json=as_json)


@app.command()
def sign(
    code: Annotated[str | None, typer.Argument(help="指标编码 / indicator code")] = None,
    step: Annotated[
        str | None,
        typer.Option(help="prepared 部门制表、confirmed 负责人确认、reviewed 区级审核 / which of the three steps"),
    ] = None,
    by: Annotated[str, typer.Option(help="签署人姓名 / who signs")] = "",
    office: Annotated[str | None, typer.Option(help="单位、科室 / office")] = None,
    note: Annotated[str | None, typer.Option(help="说明 / note")] = None,
    until: Annotated[
        date | None, typer.Option("--until", parser=_day, metavar="DATE", help="有效期至 / last day on which it holds")
    ] = None,
    period: Annotated[str | None, typer.Option(help="如 2023-06，默认最近一期 / default: the newest")] = None,
    department: Annotated[
        str | None, typer.Option(help="部门代码：签该部门全部指标 / all indicators of a department")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="列出已签与待签 / what is signed, and what waits")] = False,
    as_json: AsJson = False,
) -> None:
    """签署数值：制表、确认、审核 / Sign figures: prepared, confirmed, reviewed."""
    from orchestration.cli.sign import sign_command
    from warehouse.sign_off.signing import Signatory

    signatory = Signatory(by, office, note, until)
    sign_command(code, department=department, period=period, step=step, by=signatory, listed=listed, as_json=as_json)


@app.command()
def trace(
    code: Annotated[str, typer.Argument(help="指标编码 / indicator code")],
    period: Annotated[str | None, typer.Option(help="如 2023-06 / e.g. 2023-06, 2022, 2023-06-09")] = None,
    area: Annotated[str | None, typer.Option(help="街镇代码 / subdistrict code")] = None,
    as_json: AsJson = False,
) -> None:
    """数字从何而来，并由原始数据复算 / Where a figure comes from, recomputed from raw rows."""
    from orchestration.cli.trace import trace_command

    trace_command(code, period=period, area=area, as_json=as_json)


@app.command()
def impact(
    place: Annotated[
        str, typer.Argument(metavar="FEED.ENTITY.FIELD", help="数据源.数据表.字段 / which field is wrong")
    ],
    as_json: AsJson = False,
) -> None:
    """某字段有误会影响哪些指标、报告与导出 / What a wrong field touches: figures, reports, exports."""
    from orchestration.cli.impact import impact_command

    impact_command(place, as_json=as_json)


feeds_app = typer.Typer(
    cls=DistrictGroup, invoke_without_command=True, help="数据源与新鲜度 / Feeds and their freshness"
)
app.add_typer(feeds_app, name="feeds")


@feeds_app.callback(invoke_without_command=True)
def feeds(context: typer.Context, as_json: AsJson = False) -> None:
    """数据源、负责人、节奏与新鲜度 / Feeds, owners, cadence, freshness."""
    if context.invoked_subcommand is None:
        from orchestration.cli.feeds import feeds_command

        feeds_command(as_json=as_json)


@feeds_app.command("check")
def feeds_check(
    path: Annotated[Path, typer.Argument(exists=True, help="契约文件或文件夹 / contract file or folder")],
) -> None:
    """检查数据契约 / Lint a contract."""
    from orchestration.cli.feeds import check_command

    check_command(path)


@app.command()
def verify(
    as_json: AsJson = False,
    continues: Annotated[
        str | None,
        typer.Option(metavar="HEAD", help="此前记下的台账链首须仍在链中 / a head noted earlier must be there"),
    ] = None,
) -> None:
    """落地字节、台账、文件与快照是否一致 / Landed bytes, ledger, files and snapshot against each other."""
    from orchestration.cli.verify import verify_command

    verify_command(as_json=as_json, continues=continues)


@app.command()
def simulate(
    out: Annotated[Path | None, typer.Option(help="输出目录 / folder to write (default: in the home)")] = None,
    seed: Annotated[int | None, typer.Option(help="随机种子 / the same seed gives the same bytes")] = None,
    from_day: FirstDay = None,
    to_day: LastDay = None,
    scale: Annotated[float, typer.Option(help="规模，1 为完整示范区 / volume, 1 = the whole demo district")] = 1.0,
    feed: Feeds = None,
    faults: FaultKinds = None,
    fault_seed: FaultSeed = None,
    corrections: Annotated[
        bool, typer.Option("--corrections", help="送出各部门的更正 / send what departments correct of the faults")
    ] = False,
) -> None:
    """生成示范区各部门的交付物，可带故障 / Write what the demo district's departments deliver, with faults if asked."""
    from orchestration.cli.simulate import corrections_command, simulate_command

    if corrections:
        corrections_command(out)
        return
    simulate_command(
        out,
        seed=seed,
        from_day=from_day,
        to_day=to_day,
        scale=scale,
        feeds=feed or [],
        faults=faults or [],
        fault_seed=fault_seed,
    )


@app.command()
def faults(
    from_day: FirstDay = None,
    to_day: LastDay = None,
    # A kind needs a few rows and the history of its feed, not the district's volume: at a twentieth each is
    # found in the exact number. Bounds of volume, which then warn of the clean deliveries too, are allowed for.
    scale: Annotated[float, typer.Option(help="规模，1 为全区的量 / volume, 1 is the whole district's")] = 0.05,
    kind: FaultKinds = None,
    fault_seed: FaultSeed = None,
    places: Annotated[int, typer.Option(min=1, help="每类注入几处 / how many places a kind")] = 1,
    out: Annotated[Path | None, typer.Option(help="工作文件夹，会清空 / work folder, emptied first")] = None,
    as_json: AsJson = False,
) -> None:
    """故障演练：逐类对照注入与发现 / A quarter with faults: injected against found, kind by kind."""
    from orchestration.cli.faults import faults_command

    faults_command(
        from_day,
        to_day,
        scale=scale,
        kinds=kind or [],
        fault_seed=fault_seed,
        places=places,
        out=out,
        as_json=as_json,
    )


@app.command()
def serve(
    app_port: Annotated[int, typer.Option(min=1, max=65535, help="页面端口 / port of the app")] = 8501,
    dagster_port: Annotated[int, typer.Option(min=1, max=65535, help="Dagster 端口 / port of Dagster")] = 3000,
) -> None:
    """启动页面与 Dagster（仅本机）/ Serve the app and Dagster's pages, on loopback."""
    from orchestration.cli.serve import serve_command

    serve_command(app_port=app_port, dagster_port=dagster_port)


@app.command()
def export(
    snapshot_id: Annotated[str | None, typer.Argument(help="快照编号，默认当前 / default: the current one")] = None,
    formats: Annotated[
        list[str] | None, typer.Option("--format", help="parquet、sdmx-csv（默认两者 / default: both）、dcat、odcs")
    ] = None,
    out: Annotated[Path, typer.Option(help="输出文件夹 / folder to write")] = Path(),
) -> None:
    """导出快照（Parquet、SDMX-CSV）或其目录（DCAT、ODCS）/ A snapshot as files, or its catalogue."""
    from orchestration.cli.export import export_command

    export_command(snapshot_id, formats=formats or [], out=out)


@app.command()
def report(
    as_of: AsOf = None,
    out: Annotated[Path | None, typer.Option(help="输出文件 .docx / file to write")] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="另存 PDF（需 LibreOffice）/ a PDF too, by LibreOffice")] = False,
    template: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="模板，默认仓库中的 / default: the repository's")
    ] = None,
    snapshot_id: Annotated[
        str | None, typer.Option("--snapshot", help="快照编号，默认当前 / default: the current one")
    ] = None,
) -> None:
    """可编辑的主要指标报告（Word）/ The report on the main indicators as an editable Word document."""
    from orchestration.cli.report import report_command

    report_command(as_of, out=out, template=template, snapshot_id=snapshot_id, as_pdf=pdf)


@app.command("verify-report")
def verify_report(
    path: Annotated[Path, typer.Argument(help="编辑过的报告 / an edited report")],
    as_json: AsJson = False,
    allow_removed: Annotated[
        bool, typer.Option("--allow-removed", help="允许删去数字 / numbers may have been deleted")
    ] = False,
) -> None:
    """核对报告中的每个数字与其发布是否一致 / Each number of a report against the publication it is from."""
    from orchestration.cli.report import verify_report_command

    verify_report_command(path, as_json=as_json, allow_removed=allow_removed)


correct_app = typer.Typer(
    cls=DistrictGroup, no_args_is_help=True, help="责任人的更正 / An owner's corrections of single rows"
)
app.add_typer(correct_app, name="correct")


@correct_app.command("workbook")
def correct_workbook(
    batch_id: Annotated[str, typer.Argument(help="批次 / batch")],
    out: Annotated[Path, typer.Option(dir_okay=False, help="输出文件 .xlsx / file to write")],
    check: Annotated[
        str | None, typer.Option(help="只含该规则的行，拒收为 reject.<原因码> / rows of one rule only")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """一批数据的不合格行，做成可填写的更正表 / A batch's failing rows as a workbook to fill in."""
    from orchestration.cli.correct import workbook_command

    workbook_command(batch_id, check_key=check, out=out, as_json=as_json)


@correct_app.command("check")
def correct_check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="更正表 / a workbook")],
    as_json: AsJson = False,
) -> None:
    """按数据合同预检更正表，不留下任何东西 / Check a workbook by the contract; keeps nothing."""
    from orchestration.cli.correct import check_command

    check_command(file, as_json=as_json)


@correct_app.command("send")
def correct_send(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="更正表 / a workbook")],
    by: Annotated[str, typer.Option(help="提交人 / who sends it")],
    name: Annotated[str | None, typer.Option(help="原文件名 / name under which it was uploaded")] = None,
    source: Annotated[
        str, typer.Option(help="姓名来源 typed、proxy、command / where the name comes from", hidden=True)
    ] = "command",
    as_json: AsJson = False,
) -> None:
    """预检通过后提交，下次运行作为更正批次入库 / Send it; the next run takes it in as a correction."""
    from orchestration.cli.correct import send_command

    if source not in ("typed", "proxy", "command"):
        raise typer.BadParameter(f"--source {source}: typed | proxy | command")
    send_command(file, name=name, by=by, source=source, as_json=as_json)  # type: ignore[arg-type]  # one of the words


@app.command()
def notify(
    digest: Annotated[bool, typer.Option("--digest", help="发送今日摘要 / today's digest")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只显示，不发送 / show, send nothing")] = False,
    log: Annotated[bool, typer.Option("--log", help="列出已发送的通知 / what was sent before")] = False,
    as_json: AsJson = False,
) -> None:
    """按责任部门发送通知，每个原因一次 / Notify departments, once for each root cause."""
    from orchestration.cli.notify import log_command, notify_command

    if log:
        log_command(as_json=as_json)
    else:
        notify_command(digest=digest, dry_run=dry_run, as_json=as_json)


@publish_app.command("preview")
def publish_preview(as_of: AsOf = None, reason: Reasons = None, as_json: AsJson = False) -> None:
    """若现在发布会有何变化：行、模型、数值 / What publishing now would change: rows, models, figures."""
    from orchestration.cli.publish import preview_command

    preview_command(as_of, reasons=reason or [], as_json=as_json)


@publish_app.command("now")
def publish_now(as_of: AsOf = None, reason: Reasons = None) -> None:
    """按上次计算结果发布，如签署之后 / Publish what the last run built, e.g. after signing."""
    from orchestration.cli.publish import now_command

    now_command(as_of, reasons=reason or [])


@publish_app.command("rollback")
def publish_rollback(
    snapshot_id: Annotated[str | None, typer.Argument(help="快照编号，默认上一个 / default: the one before")] = None,
    reason: Annotated[str, typer.Option(help="原因，记入修订台账 / why, kept in the revision ledger")] = "",
) -> None:
    """切换回以前的快照 / Switch readers back to an earlier snapshot."""
    from orchestration.cli.publish import rollback_command

    rollback_command(snapshot_id, reason=reason)


def main() -> None:
    """Entry point of the console script."""
    app(prog_name="district")


if __name__ == "__main__":
    main()
