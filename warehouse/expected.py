"""Every batch that a contract's calendar expects, past and running, and what became of it.

Belongs here: the rule for one expected batch, as a pure function of contracts, batches and a moment. Does not belong
here: periods and deadlines (`calendar.py`), the newest due period of a feed (`freshness.py`), showing the result.

A batch is expected for each period of the cadence from the period of the first delivery on (what came before a source
was connected was owed by nobody, decision 3) and from the calendar's `starts_on` on, but for exempt months.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from warehouse.arrivals import Deliveries, deliveries_by_entity
from warehouse.calendar import Cadence, Period, due_at, expected_period, missing_from, period_of, periods
from warehouse.freshness import begun_days
from warehouse.ledger.records import Batch, FeedContract

ExpectedState = Literal["not_due", "on_time", "late", "missing"]


@dataclass(frozen=True, slots=True)
class ExpectedBatch:
    """One batch that was or is expected of an entity. `due_at` is its deadline (aware).

    `state`: not_due 未到期 (the deadline is to come, nothing has come), on_time 按时, late 逾期 (came after the
    deadline, or may still come within the grace days), missing 缺报. `batch_id` and `delivered_at` are of the delivery
    that first brought the period. `held_batch_id`: a delivery of the period is held back, so its data are not in.
    `covered_by`: the period's own delivery never came, but a later one of the register brought the whole state.
    `days_late`: begun days after the deadline until the delivery, or until the moment.
    """

    feed: str
    entity: str
    period_start: date
    period_end: date
    due_at: datetime
    state: ExpectedState
    days_late: int = 0
    batch_id: str | None = None
    delivered_at: datetime | None = None
    held_batch_id: str | None = None
    covered_by: str | None = None


def expected_batches(
    contracts: Sequence[FeedContract],
    batches: Iterable[Batch],
    days: Mapping[str, Iterable[date]],
    *,
    moment: datetime,
    zone: str,
    since: date,
) -> Iterator[ExpectedBatch]:
    """Every expected batch of each entity whose period ends on or after `since` and has begun by `moment` (aware).

    Parameters are those of `freshness.feed_freshness`. Entities that are not connected and deliveries without a rhythm
    or a deadline expect nothing. Of an entity that never delivered the newest due batch alone is expected: nobody
    knows since when.
    """
    known = list(batches)
    arrived = deliveries_by_entity(known, days, zone)
    held = deliveries_by_entity(known, days, zone, statuses=("held",))
    for contract in contracts:
        if contract.delivered:
            key = (contract.feed, contract.entity)
            yield from _of_entity(contract, arrived[key], held[key], moment, zone, since)


def _of_entity(
    contract: FeedContract, arrived: Deliveries, held: Deliveries, moment: datetime, zone: str, since: date
) -> Iterator[ExpectedBatch]:
    calendar = contract.calendar
    cadence: Cadence = calendar.get("cadence") or "irregular"
    running = period_of(cadence, moment.astimezone(ZoneInfo(zone)).date())
    if running is None:
        return
    started = [found.span.start for found in (arrived.first, held.first) if found is not None and found.at <= moment]
    if not started:
        due = expected_period(calendar, moment, zone, since=since)
        started = [running.start if due is None else due.start]
    promised = calendar.get("starts_on")
    first = period_of(cadence, max(min(started), since, date.fromisoformat(str(promised)) if promised else since))
    if first is None:
        return
    for period in periods(cadence, first.start, running.end):
        due_by = due_at(calendar, period.end, zone)
        if due_by is None:
            return
        if period.end.month not in (calendar.get("exempt_months") or ()):
            yield _judge(contract, arrived, held, period, due_by, moment, zone)


def _judge(
    contract: FeedContract,
    arrived: Deliveries,
    held: Deliveries,
    period: Period,
    due: datetime,
    moment: datetime,
    zone: str,
) -> ExpectedBatch:
    given_up_at = missing_from(contract.calendar, period.end, zone) or due
    own = arrived.first_about(period)
    later = arrived.first_reaching(period) if contract.history == "register" else None
    # A register without a declared period is dated by the day on which it was made: soon after the period's end it is
    # still the period's own, after the grace days it is the next one's.
    filled = own if own is not None and own.at <= moment else None
    if filled is None and later is not None and later.at <= min(moment, given_up_at):
        filled = later
    blocked = held.first_about(period)
    identity = (contract.feed, contract.entity, period.start, period.end, due)
    held_id = None if blocked is None or blocked.at > moment else blocked.batch.batch_id
    if filled is None:
        if moment < due:
            return ExpectedBatch(*identity, "not_due", held_batch_id=held_id)
        covered = None if later is None or later.at > moment else later.batch.batch_id
        state: ExpectedState = "late" if moment < given_up_at else "missing"
        return ExpectedBatch(
            *identity, state, begun_days(due, moment), held_batch_id=None if covered else held_id, covered_by=covered
        )
    if moment < due and period.end >= moment.astimezone(ZoneInfo(zone)).date():
        # The period still runs: what has come of it is not all of it.
        return ExpectedBatch(*identity, "not_due", batch_id=filled.batch.batch_id, delivered_at=filled.at)
    # Of what the first delivery brings only the newest period may have been owed.
    oldest = filled is arrived.first and filled.span.end > period.end
    in_time = filled.at <= due or oldest or arrived.is_history(period, filled.at)
    return ExpectedBatch(
        *identity,
        "on_time" if in_time else "late",
        0 if in_time else begun_days(due, filled.at),
        filled.batch.batch_id,
        filled.at,
    )
