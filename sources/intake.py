"""The whole walk of a feed's deliveries: offered, landed, recorded, admitted or held, and what a crash left repaired.

Belongs here: what other rooms call. Does not belong here: the steps of a walk (`walk.py`), looking for what is new
(`news.py`).

Every step may be the last one before a crash: bytes count once the ledger has the batch, rows count once the ledger
has decided it; anything before is done again and gives the same, because a batch's id follows from its bytes.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import date

from sources import placement
from sources.contract.feed import Feed
from sources.decision import STEPS, BatchOutcome
from sources.envelope import batch_id
from sources.landing import remove_unfinished
from sources.news import has_news
from sources.pull_report import Problem, PullReport
from sources.registration import contract_records
from sources.walk import FeedWalk
from warehouse.clock import now, today
from warehouse.home import Home
from warehouse.ledger import Ledger, PullProblem

__all__ = ["STEPS", "BatchOutcome", "Problem", "PullReport", "batch_id", "pull", "recover", "with_news"]


def pull(
    feed: Feed,
    home: Home,
    ledger: Ledger,
    *,
    entities: Sequence[str] | None = None,
    period: tuple[date, date] | None = None,
    as_of: date | None = None,
    run_id: str,
    on_step: Callable[[str, str], None] | None = None,
) -> PullReport:
    """Take in everything new of a feed: undecided batches first, then held ones whose contract changed, then offers.

    `entities` limits it to some. `period` (both days inclusive, district-local) asks for these days again, whatever
    was pulled before; None is the usual run. `as_of` (default today) is the last day that is asked for.
    `on_step(step, batch_id)` is told each step of `STEPS` when it is done. Bad input and unreachable sources end up in
    the report, never in an exception; run under `warehouse.run_lock`.
    """
    report = PullReport(feed.name)
    ledger.register_contract(contract_records(feed, registered_at=now()))
    walk = FeedWalk(feed, home, ledger, run_id, as_of or today(feed.time_zone), period, report, on_step or _ignore_step)
    with walk.admitting:
        for name in feed.entities if entities is None else entities:
            walk.entity(feed.entities[name])
    for problem in report.problems:
        ledger.record_problem(PullProblem(run_id, feed.name, problem.entity, problem.zh, problem.en, now()))
    return report


def with_news(feed: Feed, home: Home, ledger: Ledger, *, as_of: date | None = None, run_id: str) -> list[str]:
    """Entities for which `pull` would decide, record or report anything; cheap where nothing is new.

    What a source is asked for is put aside, never landed; what turns out to be known, or empty, is remembered as `pull`
    remembers it. An entity in doubt (an unreachable source) has news: `pull` says what is wrong. Run under
    `warehouse.run_lock`, after `recover`.
    """
    report = PullReport(feed.name)
    walk = FeedWalk(feed, home, ledger, run_id, as_of or today(feed.time_zone), None, report, _ignore_step)
    undecided = {batch.entity for batch in ledger.batches(feed=feed.name, status=("landed", "parsed"))}
    undecided |= {
        batch.entity
        for batch in ledger.batches(feed=feed.name, status="held")
        if batch.contract_sha256 != feed.contract_sha256 and batch.superseded_by is None
    }
    return [name for name, entity in feed.entities.items() if name in undecided or has_news(walk, entity)]


def recover(home: Home, ledger: Ledger) -> None:
    """Clear what a killed run left half done; the next `pull` of the feed takes up its undecided batches.

    Call it first in every run, under `warehouse.run_lock`: it empties the workspace.
    """
    home.prepare()
    remove_unfinished(home)
    for leftover in home.workspace.iterdir():
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()
    placement.clear_strays(home, ledger.unfinished(), ledger.batches(status="held"))


def _ignore_step(step: str, batch: str) -> None:
    return
