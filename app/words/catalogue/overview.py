"""Words of the overview: totals, changes, what needs attention: key -> (Chinese, English)."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    # overview
    "overview.judged_between": (" 项中 ", " indicators, "),
    "overview.judged_after": (" 项可评", " can be judged"),
    "overview.show_all": ("显示全部", "Show all"),
    "overview.items": ("{count} 项", "{count}"),
    "overview.supporting": ("显示报告指标（{count} 项）", "Show {count} report indicators"),
    "overview.operational": ("显示运行指标（{count} 项）", "Show {count} operational indicators"),
    "overview.no_headline": ("没有主要指标", "No headline indicators"),
    "overview.no_headline_text": (
        "本次发布中没有主要指标的定义；其他指标见下面的开关。",
        "This publication defines no headline indicator; the others are behind the switches below.",
    ),
    "overview.value_title": ("{exact}（数据期 {period}）", "{exact} (data period {period})"),
    "overview.trend_title": ("最近 {count} 期走势，至 {period}", "Course of the last {count} periods, to {period}"),
    "progress.title": ("完成 {way}，时间过去 {time}", "{way} of the way, {time} of the time gone"),
    "changes.title": ("本次变化", "Changed by this publication"),
    "changes.summary": (
        "{turned} 项状态有变，{revised} 项有修订，{updated} 项有新数据",
        "{turned} with another status, {revised} revised, {updated} with new figures",
    ),
    "changes.none": ("没有新数据或修订", "No new or revised figures"),
    "changes.turned": ("上次发布：{before}", "before: {before}"),
    "changes.revised": ("截至 {end}：{before} → {value}", "to {end}: {before} → {value}"),
    "changes.added": ("截至 {end}：{value}（新增 {count} 个数值）", "to {end}: {value} ({count} new figures)"),
    "attention.title": ("需要注意", "Needs attention"),
    "attention.summary": ("{count} 件", "{count}"),
    "attention.none": ("没有逾期、扣留或未通过的检查", "Nothing late, held or failed"),
    "attention.delivery": ("{feed} · {entity}（{department}）", "{feed} · {entity} ({department})"),
    "list.rest": ("另有 {count} 项", "{count} more"),
}
