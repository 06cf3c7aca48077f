"""`district verify-report`: an edited report against the publication that it was made from.

Belongs here: comparing the numbers of a file with the snapshot and the revision ledger, and finding newer figures. Does
not belong here: reading the file (`controls.py`), what a report says (`content.py`).

A number is right when its control says what the snapshot of its id says; the snapshot's figures are compared with the
revision ledger besides. A control that the file was made with and that is gone is a finding too: its number could stand
there as plain text, changed, and nobody would see it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from warehouse.export.sdmx import time_period
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.read import NothingPublished, SnapshotReader, UnknownSnapshot
from warehouse.read.overview import snapshot_info
from warehouse.report import controls
from warehouse.report.content import DayOutside, content
from warehouse.report.controls import Control, NoReport
from warehouse.report.numbers import Number, Source, same, source_of

_LARGEST_FILE: Final = 128 * 1024 * 1024  # bytes; a report has some hundred kilobytes
_NAMED: Final = 10  # examples in a message
FigureKey = tuple[str, str, str]  # indicator, period as SDMX writes it, area


@dataclass(frozen=True, slots=True)
class Finding:
    """A number of the file that does not match. `kind`: changed, unknown, removed, ledger."""

    kind: str
    tag: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What a reader should know besides: newer figures, a withdrawn publication."""

    zh: str
    en: str


@dataclass
class ReportVerification:
    """The outcome. `numbers` counts the controls compared."""

    file: str
    publications: list[str] = field(default_factory=list)
    numbers: int = 0
    findings: list[Finding] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


def verify_report(home: Home, ledger: Ledger, path: Path, *, allow_removed: bool = False) -> ReportVerification:
    """Compare each number of the file; `allow_removed` makes controls that are gone a remark.

    Raises NoReport for a file that is none of ours, UnknownSnapshot when its publication is not in this home.
    """
    found = controls.read(_bytes(path), path.name)
    by_source: dict[Source, list[Control]] = defaultdict(list)
    foreign = 0
    for control in found.controls:
        source = source_of(control.tag)
        if source is None:
            foreign += 1  # controls that the office made for itself
        else:
            by_source[source].append(control)
    if not by_source:
        raise _nothing_bound(path.name, found)
    result = ReportVerification(path.name, numbers=len(found.controls) - foreign)
    for source, placed in by_source.items():
        reader = SnapshotReader(home, source.snapshot_id)
        try:
            expected = content(reader, source.day).numbers
        except DayOutside as error:
            raise NoReport(
                f"{path.name} 的数字编号无效：{error.zh}", f"ids in {path.name} are not valid: {error.en}"
            ) from error
        result.publications.append(source.snapshot_id)
        _compare(result, placed, expected)
        _against_ledger(result, reader, ledger, placed)
        _newer(result, home, reader, placed)
    _removed(result, found, allow_removed=allow_removed)
    if found.loose:
        some = "、".join(found.loose[:_NAMED])
        result.remarks.append(
            Remark(
                f"有 {len(found.loose)} 个后加的数字不在控件中，无法核对：{some}。请从报告中复制带控件的数字。",
                f"{len(found.loose)} numbers were added outside of controls and cannot be compared: {some}. Copy "
                "numbers with their controls.",
            )
        )
    return result


def _nothing_bound(name: str, found: controls.Found) -> NoReport:
    if found.made_with:
        return NoReport(
            f"{name} 是本系统的报告，但数字控件的编号已丢失（例如被较旧的 LibreOffice 另存），无法核对；"
            "请用 Word 编辑，或从新生成的报告改起。",
            f"{name} is a report of ours whose numbers have lost their ids (an older LibreOffice drops them when "
            "saving) and cannot be compared; edit it in Word, or start from a new report.",
        )
    return NoReport(
        f"{name} 中没有本系统的数字控件，请选择 district report 生成的文件。",
        f"{name} holds no numbers of ours; choose a file that district report made.",
    )


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise NoReport(f"没有文件 {path}，请检查路径。", f"there is no file {path}; check the path.")
    if path.stat().st_size > _LARGEST_FILE:
        raise NoReport(f"{path.name} 过大，不是本系统的报告。", f"{path.name} is too large for a report of ours.")
    return path.read_bytes()


def _compare(result: ReportVerification, placed: list[Control], expected: dict[str, Number]) -> None:
    for control in placed:
        number = expected.get(control.tag)
        if number is None:
            result.findings.append(
                Finding(
                    "unknown",
                    control.tag,
                    f"{control.text}：编号 {control.tag} 在该次发布中不存在，请从新生成的报告中复制此数。",
                    f"{control.text}: the publication has no {control.tag}; copy the number from a new report.",
                )
            )
        elif not same(control.text, number.text):
            stands = control.text or "（空）"
            result.findings.append(
                Finding(
                    "changed",
                    control.tag,
                    f"{number.label}：文件中为 {stands}，发布值为 {number.text}（{control.tag}）。"
                    "请改回或重新生成报告。",
                    f"{number.label}: the file says {control.text or '(nothing)'}, the publication {number.text} "
                    f"({control.tag}). Put it right or make the report again.",
                )
            )


def _figures(reader: SnapshotReader) -> dict[FigureKey, tuple[float | None, int]]:
    rows = reader.rows(
        "SELECT indicator_code, period_type, period_start, period_end, area_code, value, definition_version"
        " FROM indicator_observation WHERE area_code = (SELECT district_code FROM snapshot)"
    )
    return {
        (
            row["indicator_code"],
            time_period(row["period_type"], row["period_start"], row["period_end"]),
            row["area_code"],
        ): (row["value"], row["definition_version"])
        for row in rows
    }


def _used(placed: list[Control]) -> list[FigureKey]:
    """The figures whose value the file gives, each once."""
    split = [control.tag.split("|") for control in placed]
    keys = [(parts[0], parts[2], parts[3]) for parts in split if len(parts) == 6 and parts[1] == "value" and parts[2]]
    return list(dict.fromkeys(keys))


def _against_ledger(result: ReportVerification, reader: SnapshotReader, ledger: Ledger, placed: list[Control]) -> None:
    """The snapshot's figures against the revisions that the ledger had when it was published."""
    known = next((one for one in ledger.snapshots() if one.snapshot_id == reader.snapshot_id), None)
    if known is None:
        result.remarks.append(
            Remark(
                f"台账中没有发布 {reader.snapshot_id} 的登记，只与快照文件核对；请运行 district verify 查明。",
                f"the ledger does not know publication {reader.snapshot_id}: compared with the snapshot file alone; "
                "run district verify.",
            )
        )
        return
    if known.state == "withdrawn":
        result.remarks.append(
            Remark(
                f"第 {known.number} 次发布（{known.snapshot_id}）已撤回，请按当前发布重新生成报告。",
                f"publication {known.number} ({known.snapshot_id}) was withdrawn; make the report again.",
            )
        )
    recorded = {
        (
            one.indicator_code,
            time_period(one.period_type, one.period_start, one.period_end),
            one.area_code,
        ): one.value
        for one in ledger.latest_revisions(published_by=known.published_at)
    }
    figures = _figures(reader)
    for key in _used(placed):
        value = figures.get(key, (None, 0))[0]
        if recorded.get(key) != value:
            code, period, _ = key
            result.findings.append(
                Finding(
                    "ledger",
                    code,
                    f"{code} {period}：快照为 {value}，修订台账为 {recorded.get(key)}；请运行 district verify 查明。",
                    f"{code} {period}: the snapshot says {value}, the revision ledger {recorded.get(key)}; "
                    "run district verify.",
                )
            )


def _newer(result: ReportVerification, home: Home, reader: SnapshotReader, placed: list[Control]) -> None:
    """What the current publication says otherwise."""
    try:
        current = SnapshotReader(home)
    except (NothingPublished, UnknownSnapshot):
        return
    if current.snapshot_id == reader.snapshot_id:
        return
    info = snapshot_info(current)
    result.remarks.append(
        Remark(
            f"报告出自发布 {reader.snapshot_id}；当前为第 {info.number} 次发布 {current.snapshot_id}"
            f"（数据截至 {info.as_of}）。",
            f"the report is of publication {reader.snapshot_id}; current is publication {info.number}, "
            f"{current.snapshot_id} (as of {info.as_of}).",
        )
    )
    before, after = _figures(reader), _figures(current)
    newest = _newest(after)
    for key in _used(placed):
        code, period, area = key
        old, new = before.get(key), after.get(key)
        if old != new:
            told = ("已撤下", "withdrawn") if new is None or new[0] is None else (f"{new[0]:.10g}",) * 2
            was = "—" if old is None or old[0] is None else f"{old[0]:.10g}"
            version = f"，口径第 {new[1]} 版" if new and old and new[1] != old[1] else ""
            version_en = f", definition version {new[1]}" if version and new else ""
            result.remarks.append(
                Remark(
                    f"{code} {period} 已有更新的数值：{was} → {told[0]}{version}。",
                    f"{code} {period} has a newer figure: {was} → {told[1]}{version_en}.",
                )
            )
        elif newest.get((code, area), period) > period:
            result.remarks.append(
                Remark(
                    f"{code} 已有更新一期的数值（{newest[code, area]}，报告为 {period}）。",
                    f"{code} has a figure of a newer period ({newest[code, area]}; the report has {period}).",
                )
            )


def _newest(figures: dict[FigureKey, tuple[float | None, int]]) -> dict[tuple[str, str], str]:
    """The newest period of each indicator and area; periods of one kind sort as texts."""
    newest: dict[tuple[str, str], str] = {}
    for (code, period, area), (value, _) in figures.items():
        if value is not None:
            newest[code, area] = max(period, newest.get((code, area), period))
    return newest


def _removed(result: ReportVerification, found: controls.Found, *, allow_removed: bool) -> None:
    if not found.made_with:
        result.remarks.append(
            Remark(
                "文件中的控件清单已丢失（可能由其他软件另存），无法得知是否有数字被移出控件。",
                "the file's list of controls is gone (saved by another program?): numbers taken out of their controls "
                "cannot be missed.",
            )
        )
        return
    gone = sorted(found.made_with - {control.tag for control in found.controls})
    if gone and allow_removed:
        result.remarks.append(
            Remark(f"已删去 {len(gone)} 个数字控件。", f"{len(gone)} numbers were taken out of the report.")
        )
    elif gone:
        result.findings += [
            Finding(
                "removed",
                tag,
                f"{tag}：数字控件已不在文件中，无法核对。若确是删去，请加 --allow-removed。",
                f"{tag}: the control is no longer in the file and cannot be compared. If it was deleted on purpose, "
                "add --allow-removed.",
            )
            for tag in gone
        ]
