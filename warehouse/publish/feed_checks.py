"""Checks of feeds that publishing makes: delivered in time, source reachable, rows admitted by dimension.

Belongs here: turning the reporting calendar, the problems of pulling and the rows that admission rejected into results,
as of the publication. Does not belong here: the calendar's rule (`warehouse.expected`), checks of rows (contracts),
which dimension a reason to reject belongs to (`sources/admission/dimensions.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from warehouse.expected import ExpectedBatch
from warehouse.freshness import DELIVERED_IN_TIME
from warehouse.ledger import Batch, CheckResult, FeedContract, PullProblem, RejectReason

SOURCE_REACHABLE: Final = "source_reachable"
# A year of deadlines says how punctual a sender is.
_YEAR: Final = timedelta(days=365)
# Before the dimension: the check that no row was rejected by a rule of it.
ADMITTED: Final = "admitted."
_DIMENSIONS: Final = {
    "规范性": "normativeness",
    "完整性": "completeness",
    "准确性": "accuracy",
    "一致性": "consistency",
    "时效性": "timeliness",
    "可访问性": "accessibility",
}
_OUTCOMES: Final = {"on_time": "PASSED", "late": "WARN", "missing": "FAILED"}


def delivery_results(
    contracts: Sequence[FeedContract],
    expected: Sequence[ExpectedBatch],
    *,
    as_of: date,
    run_id: str,
    evaluated_at: datetime,
) -> Iterator[CheckResult]:
    """One result an entity with a deadline: of the newest due batch; A of B are on time of those due within a year."""
    by_entity: dict[tuple[str, str], list[ExpectedBatch]] = {}
    for batch in expected:
        if batch.state != "not_due":
            by_entity.setdefault((batch.feed, batch.entity), []).append(batch)
    for contract in contracts:
        due = by_entity.get((contract.feed, contract.entity))
        if due:
            year = [batch for batch in due if batch.period_end > as_of - _YEAR] or due[-1:]
            yield CheckResult(
                run_id=run_id,
                scope="feed",
                feed=contract.feed,
                entity=contract.entity,
                check_key=DELIVERED_IN_TIME,
                name_zh="按报送日历按时送达",
                name_en="Delivered by the deadlines of the calendar",
                dimension="时效性",
                severity="warning",
                blocking=False,
                owner=contract.owner or None,
                outcome=_OUTCOMES[due[-1].state],  # type: ignore[arg-type]  # one of the words
                measured=float(due[-1].days_late),
                threshold="≤ 0",
                rows_tested=len(year),
                rows_satisfied=sum(batch.state == "on_time" for batch in year),
                reason="最近一期的逾期天数；A/B 为近一年按时批次与应报批次",
                evaluated_at=evaluated_at,
            )


def reachability_results(
    contracts: Sequence[FeedContract],
    last_pull: Callable[[str], str | None],
    problems: Sequence[PullProblem],
    *,
    run_id: str,
    evaluated_at: datetime,
) -> Iterator[CheckResult]:
    """One result a connected entity: whether the newest run that asked its feed (`last_pull`) had no trouble to reach
    the source.

    It says nothing of earlier runs: the same facts published again must be the same publication.
    """
    failed = {(one.feed, one.entity) for one in problems if one.run_id == last_pull(one.feed)}
    for contract in contracts:
        if contract.delivered and last_pull(contract.feed) is not None:
            bad = bool(failed & {(contract.feed, contract.entity), (contract.feed, None)})
            yield CheckResult(
                run_id=run_id,
                scope="feed",
                feed=contract.feed,
                entity=contract.entity,
                check_key=SOURCE_REACHABLE,
                name_zh="来源可访问",
                name_en="The source can be reached",
                dimension="可访问性",
                severity="warning",
                blocking=False,
                owner=contract.owner or None,
                outcome="WARN" if bad else "PASSED",
                measured=float(bad),
                threshold="≤ 0",
                reason="最近一次运行取数失败的次数",
                evaluated_at=evaluated_at,
            )


def admission_results(
    contracts: Sequence[FeedContract],
    batches: Sequence[Batch],
    rejects: Callable[[str], Sequence[RejectReason]],
    *,
    run_id: str,
    evaluated_at: datetime,
) -> Iterator[CheckResult]:
    """One result an entity and dimension in which its admission has rules: A of B rows of the newest batch with rows
    were not rejected by a rule of the dimension. `rejects(batch_id)` gives a batch's rejected rows by first reason.

    It is the newest batch that was decided, held ones too; repeats that admission settles by itself are no rejects.
    """
    newest: dict[tuple[str, str], Batch] = {}
    for batch in batches:
        if batch.status in ("admitted", "held") and batch.rows_read:
            key = (batch.feed, batch.entity)
            if key not in newest or (batch.batch_order, batch.batch_id) > (
                newest[key].batch_order,
                newest[key].batch_id,
            ):
                newest[key] = batch
    for contract in contracts:
        judged = newest.get((contract.feed, contract.entity))
        if judged is None or not contract.delivered or not contract.reject_dimensions:
            continue
        reasons = rejects(judged.batch_id) if judged.rows_rejected else ()
        for dimension, name_en in _DIMENSIONS.items():
            codes = {code for code, of in contract.reject_dimensions.items() if of == dimension}
            if not codes:
                continue
            rejected = sum(reason.rows for reason in reasons if reason.reason_code in codes)
            read = judged.rows_read or 0
            yield CheckResult(
                run_id=run_id,
                scope="feed",
                feed=contract.feed,
                entity=contract.entity,
                check_key=ADMITTED + name_en,
                name_zh=f"入库规则（{dimension}）：没有拒收的行",
                name_en=f"Rules of admission ({name_en}): no row rejected",
                dimension=dimension,
                severity="warning",
                blocking=False,
                owner=contract.owner or None,
                outcome="WARN" if rejected else "PASSED",
                measured=float(rejected),
                threshold="≤ 0",
                rows_tested=read,
                rows_satisfied=read - rejected,
                reason=f"最近一批 {judged.file_name} 共 {read} 行，因这一维度的规则拒收 {rejected} 行",
                evaluated_at=evaluated_at,
            )
