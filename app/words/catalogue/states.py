"""Words of states and tags: of progress, deliveries, quality, batches, checks: key -> (Chinese, English)."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    # tags
    "tag.binding": ("约束性", "binding"),
    "tag.illustrative": ("示意", "illustrative"),
    "tag.illustrative_title": ("目标为示意值", "targets are illustrative"),
    "tag.provisional": ("初步数", "provisional"),
    # states of progress, deliveries, quality, batches, checks
    "status.achieved_early": ("提前实现", "Achieved early"),
    "status.ahead": ("快于预期", "Ahead"),
    "status.on_schedule": ("基本符合预期", "On schedule"),
    "status.behind": ("滞后", "Behind"),
    "status.undefined": ("暂无统计口径", "No definition"),
    "status.not_due": ("未到期", "Not due"),
    "status.missing": ("缺报", "Missing"),
    "status.held": ("暂停发布", "On hold"),
    "status.not_assessed": ("无目标值", "No target"),
    "state.unknown": ("未知", "Unknown"),
    "freshness.on_time": ("按时", "On time"),
    "freshness.not_due": ("未到期", "Not due"),
    "freshness.late": ("逾期", "Late"),
    "freshness.missing": ("缺报", "Missing"),
    "freshness.not_delivered": ("未接入", "No feed"),
    "freshness.days_late": ("{days} 天", "{days} d"),
    "quality.ok": ("通过", "Passed"),
    "quality.warning": ("警告", "Warning"),
    "quality.failed": ("未通过", "Failed"),
    "quality.unknown": ("未检查", "Unchecked"),
    "batch.landed": ("已收到", "Landed"),
    "batch.parsed": ("已读取", "Parsed"),
    "batch.admitted": ("已入库", "Admitted"),
    "batch.held": ("已扣留", "Held"),
    "batch.superseded": ("已被取代", "Superseded"),
    "outcome.passed": ("通过", "Passed"),
    "outcome.warn": ("警告", "Warning"),
    "outcome.failed": ("未通过", "Failed"),
    "outcome.not_evaluated": ("未能检查", "Not evaluated"),
    "severity.error": ("严重", "Error"),
    "severity.warning": ("一般", "Warning"),
    "severity.blocking": ("阻断", "blocking"),
}
