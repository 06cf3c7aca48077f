"""Words of freshness, quality, failing rows, revisions: key -> (Chinese, English)."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    # freshness, quality, failing rows, revisions
    "freshness.title": ("时效", "Freshness"),
    "freshness.total": ("{count} 张数据表", "{count} tables"),
    "freshness.none": ("还没有登记数据源", "No feeds are registered"),
    "freshness.none_text": (
        "运行一次 district run 后，契约中的数据源会列在这里。",
        "After one district run the feeds of the contracts are listed here.",
    ),
    "freshness.none_chosen": ("没有符合条件的数据表", "No table fits"),
    "freshness.none_chosen_text": ("请放宽筛选条件。", "Choose fewer conditions."),
    "freshness.note": (
        "状态按数据期和报送日历判定，与任务何时运行无关：补报旧数据不会使本期变为按时。时间为本区时间。",
        "States follow the data period and the reporting calendar, not when a job ran: an old period sent late never"
        " turns the current one to on time. Times are local.",
    ),
    "quality.all_departments": ("全部部门", "All departments"),
    "quality.all_feeds": ("全部数据源", "All feeds"),
    "quality.dimensions": ("按维度", "By dimension"),
    "quality.dimensions_note": (
        "GB/T 36344—2018，通过 / 全部检查，取每项检查的最新结果",
        "GB/T 36344-2018, passed / all checks, newest result of each",
    ),
    "quality.not_checked": ("无检查", "no checks"),
    "quality.checks": ("检查", "Checks"),
    "quality.checks_note": ("{passed} / {total} 通过", "{passed} of {total} passed"),
    "quality.all_passed": ("检查全部通过", "All checks passed"),
    "quality.all_passed_text": (
        "最新批次的 {count} 项检查均通过。",
        "All {count} checks of the newest batches passed.",
    ),
    "quality.passed_checks": ("通过的检查（{count} 项）", "Passed checks ({count})"),
    "quality.no_checks": ("没有检查结果", "No results of checks"),
    "quality.no_checks_text": ("所选数据源还没有批次入库。", "No batch of these feeds has been checked yet."),
    "quality.published": ("发布检查", "Checks before publishing"),
    "quality.published_of": ("发布检查 · {indicator}", "before publishing · {indicator}"),
    "quality.deliveries": ("本部门数据", "Deliveries"),
    "quality.none": ("还没有部门报送数据", "No department delivers yet"),
    "quality.none_text": (
        "运行一次 district run 后，部门及其数据源会列在这里。",
        "After one district run the departments and their feeds are listed here.",
    ),
    "dimension.normativeness": ("规范性", "Conformity"),
    "dimension.completeness": ("完整性", "Completeness"),
    "dimension.accuracy": ("准确性", "Accuracy"),
    "dimension.consistency": ("一致性", "Consistency"),
    "dimension.timeliness": ("时效性", "Timeliness"),
    "dimension.accessibility": ("可访问性", "Accessibility"),
    "failed_row.title": ("不合格行", "Failing rows"),
    "failed_row.title_rejected": ("拒收行", "Rejected rows"),
    "failed_row.none": ("没有不合格行", "No failing rows"),
    "failed_row.note": (
        "{rules} 条规则，{count} 行样例；受保护内容已遮盖，请按文件和行号更正后重新报送",
        "{rules} rules, {count} samples; protected content is masked. Correct by file and row, and send again",
    ),
    "failed_row.line": ("第 {number} 行", "row {number}"),
    "download.failed_rows": ("不合格行", "failing_rows"),
    "download.csv": ("下载 CSV", "Download CSV"),
    "download.excel": ("下载 Excel", "Download Excel"),
    "revision.title": ("发布与修订", "Publications and revisions"),
    "revision.note": ("{count} 条，新的在前", "{count}, newest first"),
    "reason.first_publication": ("首次发布", "New"),
    "reason.better_source": ("来源更新", "Better source"),
    "reason.recalculation": ("例行重算", "Recalculated"),
    "reason.definition_change": ("口径调整", "New definition"),
    "reason.error_correction": ("差错更正", "Correction"),
}
