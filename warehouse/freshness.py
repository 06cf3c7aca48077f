"""Whether each feed delivered what was due, judged by the period of its data and the time of its delivery.

Belongs here: the rule, as a pure function of contracts, batches and a moment. Does not belong here: periods and
deadlines (`calendar.py`), reading the ledger, showing the result. When rows were materialised says nothing here: a
backfill of an old period leaves the current period as late as it was.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from warehouse.arrivals import Deliveries, deliveries_by_entity
from warehouse.calendar import due_at, expected_period, missing_from
from warehouse.ledger.records import Batch, FeedContract

DELIVERED_IN_TIME: Final = "delivered_in_time"
"""Key of the check that says the same of each entity: `warehouse/publish/feed_checks.py` makes it."""
FreshnessState = Literal["not_due", "on_time", "late", "missing", "not_delivered"]


@dataclass(frozen=True, slots=True)
class FeedFreshness:
    """One entity at one moment. `as_of` is the district-local day of the moment.

    `last_batch_id`, `last_received_at` and the data period are those of the batch with the newest data, not of the
    one that came last. `expected_period_end` and `due_at` are of the newest period whose deadline has passed, and
    the state is about that period. `days_late`: begun days after the deadline until delivery, or until the moment.
    """

    feed: str
    entity: str
    as_of: date
    last_batch_id: str | None
    last_received_at: datetime | None
    data_period_start: date | None
    data_period_end: date | None
    expected_period_end: date | None
    due_at: datetime | None
    state: FreshnessState
    days_late: int


def feed_freshness(
    contracts: Sequence[FeedContract],
    batches: Iterable[Batch],
    days: Mapping[str, Iterable[date]],
    *,
    moment: datetime,
    zone: str,
    since: date,
) -> list[FeedFreshness]:
    """The freshness of each entity in `contracts` at `moment` (aware); `zone` is the district's.

    `days` gives the days of each batch's rows by batch id; they date batches which do not declare a period. Only
    batches delivered by `moment` count, at the time their source made them (`generated_at`), else received them.
    Nothing is expected for periods that ended before `since`. A delivery of a register brings its whole state, so a
    later one also fills an earlier period. What the first delivery of a source brings of earlier periods is history,
    which nobody owed before the source was connected: it is on time.
    """
    return list(freshness_history(contracts, batches, days, moments=[moment], zone=zone, since=since))


def freshness_history(
    contracts: Sequence[FeedContract],
    batches: Iterable[Batch],
    days: Mapping[str, Iterable[date]],
    *,
    moments: Iterable[datetime],
    zone: str,
    since: date,
) -> Iterator[FeedFreshness]:
    """As `feed_freshness`, for many moments: for each moment the rows of all entities, as it was known then."""
    arrived = deliveries_by_entity(batches, days, zone)
    deliveries = [arrived[contract.feed, contract.entity] for contract in contracts]
    for moment in moments:
        for contract, delivered in zip(contracts, deliveries, strict=True):
            yield _judge(contract, delivered, moment, zone, since)


def _judge(contract: FeedContract, deliveries: Deliveries, moment: datetime, zone: str, since: date) -> FeedFreshness:
    newest = deliveries.newest(moment)
    expected = expected_period(contract.calendar, moment, zone, since=since)
    due = None if expected is None else due_at(contract.calendar, expected.end, zone)
    state: FreshnessState
    days_late = 0
    if not contract.delivered:
        state, expected, due = "not_delivered", None, None
    elif expected is None or due is None:
        irregular = contract.calendar.get("cadence", "irregular") == "irregular"
        state = "on_time" if irregular and newest is not None else "not_due"
    else:
        register = contract.history == "register"
        filled_by = deliveries.first_reaching(expected) if register else deliveries.first_about(expected)
        filled_at = None if filled_by is None else filled_by.at
        if filled_at is not None and filled_at <= moment:
            on_time = filled_at <= due or deliveries.is_history(expected, filled_at)
            state = "on_time" if on_time else "late"
            days_late = 0 if on_time else begun_days(due, filled_at)
        else:
            given_up_at = missing_from(contract.calendar, expected.end, zone)
            state = "late" if given_up_at is not None and moment < given_up_at else "missing"
            days_late = begun_days(due, moment)
    return FeedFreshness(
        feed=contract.feed,
        entity=contract.entity,
        as_of=moment.astimezone(ZoneInfo(zone)).date(),
        last_batch_id=None if newest is None else newest.batch.batch_id,
        last_received_at=None if newest is None else newest.batch.received_at,
        data_period_start=None if newest is None else newest.span.start,
        data_period_end=None if newest is None else newest.span.end,
        expected_period_end=None if expected is None else expected.end,
        due_at=due,
        state=state,
        days_late=days_late,
    )


def begun_days(due: datetime, until: datetime) -> int:
    """Days begun after the deadline; 0 before it."""
    return max(0, math.ceil((until - due) / timedelta(days=1)))
