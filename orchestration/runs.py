"""One `district run`: which of its jobs are needed, and what came of them.

Belongs here: the order of the jobs, skipping what would change nothing. Does not belong here: executing a job
(`dagster_jobs.py`), what a step does, printing (`cli/`). Neither Dagster nor dbt is imported before a job is needed:
their imports are most of a run with nothing new (docs/decisions/0051).
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from orchestration import build_state
from orchestration.instance import prepare_instance
from orchestration.layers import manifest_path
from orchestration.pull_processes import PullProcesses
from orchestration.run_tags import RunTags
from orchestration.verdict import Reason, Verdict, judge
from orchestration.writing import writing
from sources.contract.feed import Feed
from sources.intake import pull, recover, with_news
from warehouse import clock
from warehouse.home import Home
from warehouse.ledger import Batch, Ledger
from warehouse.publish.recovery import repair
from warehouse.publish.report import PublishRefused, PublishReport
from warehouse.publish.report import Reason as PublishReason

if TYPE_CHECKING:
    from collections.abc import Collection

    from orchestration.changed_models import Changes


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did. `batches` are those decided in it; `faults` are errors of ours, not of a delivery."""

    run_id: str
    as_of: date
    started_at: datetime
    batches: Sequence[Batch]
    verdict: Verdict
    faults: Sequence[Reason]
    built: bool
    stopped: Sequence[Reason] = ()
    """Of the verdict, what kept the run from building or publishing though nothing is broken."""

    @property
    def exit_code(self) -> int:
        """0 fine, 1 a batch is held, a source unreachable or a blocking check failed, 3 a fault of ours."""
        return 3 if self.faults else 0 if self.verdict.fine else 1


def run_district(
    home: Home,
    feeds: Mapping[str, Feed],
    *,
    chosen: Sequence[str] = (),
    as_of: date,
    period: tuple[date, date] | None = None,
    reasons: Mapping[str, PublishReason] | None = None,
    full: bool = False,
) -> RunReport:
    """Pull `chosen` feeds (none = all), then build, publish and judge.

    `period` (both days inclusive) asks for the deliveries of those days again; None = whatever is new. Building is
    skipped when no batch was decided, and neither contracts, code nor `as_of` differ from the last clean build, unless
    `full` (then it starts from nothing). `reasons` (indicator code -> why) let large changes of published figures
    through. Raises warehouse.run_lock.HomeIsBusy when another run writes to the home.
    """
    prepare_instance(home)
    with writing(home), Ledger.of(home) as ledger:
        _mend(home, ledger)
        started_at = clock.now()
        run_id = new_run_id("r")
        tags = RunTags(run_id, as_of, period, tuple(chosen), reasons or {})
        ledger.start_run(run_id, as_of=as_of, started_at=started_at, feeds=list(chosen) or None)
        names = list(chosen or feeds)

        faults: list[Reason] = []
        stopped: list[Reason] = []
        wanted = _wanted(home, ledger, feeds, names, tags)
        if wanted:
            faults = _pull(home, feeds, wanted, tags)
        if full:
            build_state.forget(home)
        build = bool(reasons) or not _built_already(home, ledger, feeds, as_of)
        if build:
            from orchestration.dagster_jobs import execute_build

            found, stopped = execute_build(home, tags, _changes(home, ledger, feeds, as_of))
            faults += found
        elif _signed_since(ledger):
            try:
                publish_as_built(home, ledger, as_of=as_of, run_id=run_id)
            except PublishRefused as refused:
                stopped = [Reason(refused.zh, refused.en)]
        built = build_state.read(home)
        standing = judge(home, ledger, {run_id, built.run_id} if built else {run_id}, names)
        verdict = Verdict((*stopped, *standing.reasons))
        if not build and not verdict.fine:
            from orchestration.dagster_jobs import execute_outcome

            execute_outcome(feeds, tags)
        report = RunReport(
            run_id=run_id,
            as_of=as_of,
            started_at=started_at,
            batches=ledger.batches(decided_since=started_at),
            verdict=verdict,
            faults=faults,
            built=build,
            stopped=stopped,
        )
        outcome = "fault" if faults else "fine" if verdict.fine else "blocked"
        ledger.finish_run(run_id, outcome=outcome, exit_code=report.exit_code)
        return report


def _mend(home: Home, ledger: Ledger) -> None:
    """What a killed run left: in the home, in what readers see, and in Dagster's own records."""
    recover(home, ledger)
    repair(home, ledger)
    last = ledger.last_run()
    if last is not None and last.finished_at is None:
        from orchestration.dagster_jobs import bury_killed_runs

        bury_killed_runs()


def _wanted(
    home: Home, ledger: Ledger, feeds: Mapping[str, Feed], names: Sequence[str], tags: RunTags
) -> dict[str, Collection[str]]:
    """Feed -> entities to pull: those with anything new; all of them when days are asked for again."""
    if tags.period is not None:
        return {name: list(feeds[name].entities) for name in names}
    found = {name: with_news(feeds[name], home, ledger, as_of=tags.as_of, run_id=tags.run_id) for name in names}
    return {name: entities for name, entities in found.items() if entities}


def _pull(home: Home, feeds: Mapping[str, Feed], wanted: Mapping[str, Collection[str]], tags: RunTags) -> list[Reason]:
    """Take in what is wanted; gives faults of ours. One feed is pulled here: a process of its own would only cost."""
    at_once = min(len(wanted), os.cpu_count() or 1)
    with PullProcesses(home, feeds, wanted, at_once=at_once) if at_once > 1 else nullcontext(pull) as pulling:
        from orchestration.dagster_jobs import execute_pull

        return execute_pull(feeds, wanted, tags, pulling)


def new_run_id(kind: str) -> str:
    """The id of a run that begins now: 'r' a whole run, 'p' publishing alone."""
    return f"{kind}{clock.now():%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:4]}"


def publish_as_built(
    home: Home, ledger: Ledger, *, as_of: date, run_id: str, reasons: Mapping[str, PublishReason] | None = None
) -> PublishReport:
    """Publish what the last build left, without building; the caller holds the home."""
    from warehouse.publish.publishing import publish  # imports what forecasts need

    return publish(
        home, ledger, as_of=as_of, run_id=run_id, manifest_path=manifest_path(home), reasons=dict(reasons or {})
    )


def _signed_since(ledger: Ledger) -> bool:
    """Whether somebody signed after the last publication: pages do not show it yet."""
    published, signed = ledger.snapshots(state="published"), ledger.sign_offs()
    return bool(published and signed) and signed[-1].signed_at > published[-1].published_at


def _changes(home: Home, ledger: Ledger, feeds: Mapping[str, Feed], as_of: date) -> Changes | None:
    """What the next build has to follow; None when it starts from nothing."""
    last = build_state.last_clean(home, _fingerprint(feeds))
    return None if last is None else build_state.changes_to_build(ledger, last, as_of)


def _fingerprint(feeds: Mapping[str, Feed]) -> str:
    return build_state.build_fingerprint(feed.contract_sha256 for feed in feeds.values())


def _built_already(home: Home, ledger: Ledger, feeds: Mapping[str, Feed], as_of: date) -> bool:
    fingerprint = _fingerprint(feeds)
    decision = build_state.newest_decision(ledger)
    return build_state.is_current(home, fingerprint, decision=decision, as_of=as_of.isoformat())
