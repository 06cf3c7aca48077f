"""Checks of feeds that publishing makes, for they are about no single batch: delivered in time, source reachable.

Belongs here: turning the reporting calendar and the problems of pulling into results, as of the publication. Does not
belong here: the calendar's rule (`warehouse.expected`), checks of rows (contracts).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from warehouse.expected import ExpectedBatch
from warehouse.ledger import CheckResult, FeedContract, PullProblem, Run

DELIVERED_IN_TIME: Final = "delivered_in_time"
SOURCE_REACHABLE: Final = "source_reachable"
# A year of deadlines says how punctual a sender is.
_YEAR: Final = timedelta(days=365)
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
    runs: Sequence[Run],
    problems: Sequence[PullProblem],
    *,
    run_id: str,
    evaluated_at: datetime,
) -> Iterator[CheckResult]:
    """One result a connected entity: whether the newest run had no trouble to reach its source.

    It says nothing of earlier runs: the same facts published again must be the same publication.
    """
    newest = max(runs, key=lambda run: run.started_at, default=None)
    if newest is None:
        return
    failed = {(problem.feed, problem.entity) for problem in problems if problem.run_id == newest.run_id}
    for contract in contracts:
        if contract.delivered:
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
