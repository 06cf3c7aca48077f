"""Words of the frame around every page, the wall display, empty and failed states: key -> (Chinese, English)."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "language.name": ("中文", "English"),
    "page.title": ("数字化转型指标", "Digital transformation indicators"),
    # pages
    "page.overview": ("总览", "Overview"),
    "page.plan": ("规划", "Plan"),
    "page.indicator": ("指标", "Indicators"),
    "page.quality": ("质量", "Quality"),
    "page.freshness": ("时效", "Freshness"),
    "page.batch": ("批次", "Batches"),
    "page.data": ("数据", "Data"),
    "page.wall": ("大屏", "Wall display"),
    # header
    "header.title": ("{district}数字化转型指标", "{district}: digital transformation indicators"),
    "header.as_of": ("数据截至", "Data as of"),
    "header.publication": ("第 {number} 次发布", "Publication {number}"),
    "header.simulated": ("模拟数据", "Simulated data"),
    "header.simulated_title": (
        "本页含模拟数据源，仅用于演示，不代表真实情况",
        "Some feeds are simulated for demonstration; the figures are not real",
    ),
    "header.choose_day": ("评判日期", "Judged on"),
    "header.judged_on": ("按 {day} 评判", "as it stood on {day}"),
    "header.judged_on_title": (
        "用本次发布的数据按所选日期评判；在右侧改回数据截至日期即可恢复",
        "The figures of this publication, judged on the chosen day; choose the publication's day to go back",
    ),
    "debug.line": (
        "快照 {snapshot} · 查询 {asked} 次，其中 {reached} 次未命中缓存，用时 {milliseconds} 毫秒"
        " · {different} 种查询 · 全页 {page} 毫秒",
        "Snapshot {snapshot} · {asked} queries, {reached} not answered by the cache, {milliseconds} ms"
        " · {different} kinds of query · whole page {page} ms",
    ),
    # wall display
    "wall.open": ("大屏轮播", "Wall display"),
    "wall.leave": ("退出大屏", "Leave"),
    # before anything is published, when nothing is published any more, and when a page fails
    "header.idle": ("已 {days} 天未发布", "Nothing published for {days} days"),
    "header.idle_title": (
        "每日任务可能没有运行；请工程师检查调度，或运行 district run",
        "The daily run may not be running; ask an engineer to look at the schedule, or run district run",
    ),
    "failed.title": ("页面出错", "This page failed"),
    "failed.text": (
        "请刷新重试；若仍出错，请把编号 {fault} 告诉工程师，日志中有详细记录。其他页面不受影响。",
        "Reload it; if it fails again, tell an engineer the id {fault}: the log has the details. Other pages go on.",
    ),
    "empty.title": ("尚未发布数据", "Nothing is published yet"),
}
