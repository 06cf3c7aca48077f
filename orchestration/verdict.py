"""Whether a run went well: the one judgement behind Dagster's red or green and behind the exit code.

Belongs here: reading the ledger and weighing what it says. Does not belong here: Dagster, printing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from warehouse.home import Home
from warehouse.ledger import Batch, CheckResult, Ledger
from warehouse.read import NothingPublished, SnapshotReader


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that needs somebody's attention, in both languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why the run is red; empty = it is green."""

    reasons: tuple[Reason, ...]

    @property
    def fine(self) -> bool:
        """Whether nothing blocks."""
        return not self.reasons


def judge(home: Home, ledger: Ledger, run_ids: Collection[str], feeds: Collection[str]) -> Verdict:
    """Red when a batch of `feeds` is held and not yet replaced, a source could not be read, a blocking check of the
    published tables failed, or an indicator is held at its last figures.

    `run_ids` are the runs whose problems and published checks count.
    """
    problems = [problem for run_id in run_ids for problem in ledger.problems(run_id)]
    published = [result for run_id in run_ids for result in ledger.check_results(scope="published", run_id=run_id)]
    return Verdict(
        (
            *dict.fromkeys(Reason(one.text_zh, one.text_en) for one in problems if one.feed in feeds),
            *(_held(batch) for batch in open_held_batches(ledger, feeds)),
            *(_failed(result) for result in _failures(published)),
            *_held_indicators(home),
        )
    )


def end_run(ledger: Ledger, run_id: str, *, fine: bool) -> None:
    """Close the record of a run that Dagster started; `district run` closes its own, and knows faults of ours too."""
    ledger.finish_run(run_id, outcome="fine" if fine else "blocked", exit_code=0 if fine else 1)


def open_held_batches(ledger: Ledger, feeds: Iterable[str]) -> Sequence[Batch]:
    """Held batches for whose period nothing good has come in later."""
    found: list[Batch] = []
    for feed in feeds:
        waiting = ledger.batches(feed=feed, status="held")
        admitted = ledger.batches(feed=feed, status=("admitted", "superseded")) if waiting else []
        found += [held for held in waiting if not any(_makes_good(batch, held) for batch in admitted)]
    return found


def _makes_good(batch: Batch, held: Batch) -> bool:
    same_delivery = (batch.entity, batch.delivery_key) == (held.entity, held.delivery_key)
    later = batch.batch_order > held.batch_order
    if held.period_start is None:  # nothing could be read that would date it: the same file, delivered again
        return same_delivery and later and batch.file_name == held.file_name
    return same_delivery and later and (batch.period_start, batch.period_end) == (held.period_start, held.period_end)


def _failures(results: Iterable[CheckResult]) -> list[CheckResult]:
    """The newest result of each check counts; what it says of single indicators is told by those being held."""
    whole = (result for result in results if result.indicator_code is None)
    newest = {
        (result.entity, result.check_key): result for result in sorted(whole, key=lambda result: result.evaluated_at)
    }
    return [result for result in newest.values() if result.blocking and result.outcome not in ("PASSED", "WARN")]


def _held_indicators(home: Home) -> list[Reason]:
    """What the current snapshot says of indicators that publishing held back; nothing before the first snapshot."""
    try:
        rows = SnapshotReader(home).rows(
            "SELECT indicator_code, held_reason_zh, held_reason_en FROM indicator "
            "WHERE held_reason_zh IS NOT NULL ORDER BY indicator_code"
        )
    except NothingPublished:
        return []
    return [
        Reason(
            f"指标 {row['indicator_code']} 暂停发布：{row['held_reason_zh']}",
            f"indicator {row['indicator_code']} is held: {row['held_reason_en']}",
        )
        for row in rows
    ]


def _held(batch: Batch) -> Reason:
    return Reason(
        f"批次 {batch.batch_id}（{batch.feed}.{batch.entity}，{batch.file_name}）被扣留：{batch.reason_zh}",
        f"batch {batch.batch_id} ({batch.feed}.{batch.entity}, {batch.file_name}) is held: {batch.reason_en}",
    )


def _failed(result: CheckResult) -> Reason:
    measured = "" if result.measured is None else f" = {result.measured:g}"
    return Reason(
        f"发布检查未通过：{result.entity} {result.name_zh}{measured}",
        f"published check failed: {result.entity} {result.name_en}{measured}",
    )
