"""Whether feeds delivered what was due: by the data's period and the time of delivery, never by what was done last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.warehouse.ledger_rows import contract, envelope, file
from warehouse.freshness import FeedFreshness, feed_freshness, freshness_history
from warehouse.ledger import Batch, FeedContract, Ledger, PartitionRows

ZONE = "Asia/Shanghai"
SINCE = date(2021, 1, 1)
MAY, JUNE, JULY = (
    (date(2023, 5, 1), date(2023, 5, 31)),
    (date(2023, 6, 1), date(2023, 6, 30)),
    (date(2023, 7, 1), date(2023, 7, 31)),
)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(ZONE))  # type: ignore[misc, arg-type]


DUE = local(2023, 7, 5, 18)  # of June; missing from two days later
NOW = local(2023, 7, 20)


def batch(batch_id: str, period: tuple[date, date] | None, received: datetime, **changed: Any) -> Batch:
    start, end = period or (None, None)
    values = {"status": "admitted", "period_start": start, "period_end": end, "received_at": received} | changed
    known = {field.name for field in fields(Batch)} - {"status"}
    base = {name: getattr(envelope(batch_id), name) for name in known if hasattr(envelope(batch_id), name)}
    return Batch(**(base | values))


def judge(
    batches: Iterable[Batch],
    moment: datetime = NOW,
    *,
    entity: FeedContract | None = None,
    days: dict[str, list[date]] | None = None,
    since: date = SINCE,
) -> FeedFreshness:
    (row,) = feed_freshness([entity or contract()], batches, days or {}, moment=moment, zone=ZONE, since=since)
    return row


def test_a_delivery_by_the_deadline_is_on_time() -> None:
    row = judge([batch("may", MAY, local(2023, 6, 4)), batch("june", JUNE, DUE)])
    assert row == FeedFreshness(
        feed="parking",
        entity="prk_lot",
        as_of=date(2023, 7, 20),
        last_batch_id="june",
        last_received_at=DUE,
        data_period_start=JUNE[0],
        data_period_end=JUNE[1],
        expected_period_end=JUNE[1],
        due_at=DUE,
        state="on_time",
        days_late=0,
    )


@pytest.mark.parametrize(
    ("received", "days_late"),
    [(DUE + timedelta(seconds=1), 1), (DUE + timedelta(days=1), 1), (DUE + timedelta(days=6), 6)],
)
def test_a_delivery_after_the_deadline_is_late_by_begun_days(received: datetime, days_late: int) -> None:
    row = judge([batch("june", JUNE, received)])
    assert (row.state, row.days_late, row.last_batch_id) == ("late", days_late, "june")


@pytest.mark.parametrize(
    ("moment", "state", "expected", "days_late"),
    [
        (DUE - timedelta(seconds=1), "on_time", MAY[1], 0),
        (DUE, "late", JUNE[1], 0),
        (DUE + timedelta(hours=30), "late", JUNE[1], 2),
        (DUE + timedelta(days=2), "missing", JUNE[1], 2),
        (NOW, "missing", JUNE[1], 15),
    ],
)
def test_what_did_not_come_is_late_within_the_grace_and_then_missing(
    moment: datetime, state: str, expected: date, days_late: int
) -> None:
    row = judge([batch("may", MAY, local(2023, 6, 4))], moment)
    assert (row.state, row.expected_period_end, row.days_late) == (state, expected, days_late)
    assert row.data_period_end == MAY[1], "what is there is said, too"


def test_the_time_that_the_source_made_a_delivery_counts_before_that_of_its_receipt() -> None:
    fetched_later = batch("june", JUNE, NOW, generated_at=DUE - timedelta(hours=1))
    assert judge([fetched_later]).state == "on_time"
    assert judge([fetched_later]).last_received_at == NOW


def test_a_delivery_of_tomorrow_is_not_known_today() -> None:
    assert judge([batch("june", JUNE, NOW + timedelta(seconds=1))]).state == "missing"


@pytest.mark.parametrize(("status", "state"), [("held", "missing"), ("landed", "missing"), ("superseded", "on_time")])
def test_only_usable_data_counts_and_a_replaced_delivery_was_in_time(status: str, state: str) -> None:
    assert judge([batch("june", JUNE, DUE - timedelta(days=1), status=status)]).state == state


def test_a_correction_after_the_deadline_does_not_make_the_first_delivery_late() -> None:
    first = batch("first", JUNE, DUE, status="superseded")
    row = judge([first, batch("corrected", JUNE, DUE + timedelta(days=9), mode="correction")])
    assert (row.state, row.last_batch_id) == ("on_time", "corrected")


def test_an_early_delivery_of_the_next_period_does_not_hide_a_gap() -> None:
    batches = [batch("may", MAY, local(2023, 6, 4)), batch("july", JULY, local(2023, 7, 19))]
    row = judge(batches)
    assert (row.state, row.data_period_end) == ("missing", JULY[1])
    register = judge(batches, entity=contract(history="register"))
    assert (register.state, register.days_late) == ("late", 14), "a register delivered later brings the whole state"


def test_nothing_is_due_before_the_first_period_and_missing_without_any_delivery() -> None:
    assert judge([], since=date(2023, 7, 1)).state == "not_due"
    row = judge([])
    assert (row.state, row.last_batch_id, row.data_period_end, row.due_at) == ("missing", None, None, DUE)


def test_an_entity_that_is_not_connected_is_not_missing() -> None:
    row = judge([], entity=contract(delivered=False))
    assert (row.state, row.due_at, row.days_late) == ("not_delivered", None, 0)


def test_an_irregular_feed_is_never_missing() -> None:
    assert judge([], entity=contract(calendar={})).state == "not_due"
    irregular = contract(calendar={"cadence": "irregular"})
    assert judge([], entity=irregular).state == "not_due"
    assert judge([batch("b", MAY, local(2023, 6, 1))], entity=irregular).state == "on_time"


def test_rows_date_a_batch_that_declares_no_period() -> None:
    polled = batch("poll", None, DUE)
    assert judge([polled], days={"poll": [date(2023, 5, 30), date(2023, 6, 2)]}).state == "on_time"
    assert judge([polled], days={"poll": [date(2023, 5, 30)]}).state == "missing"
    assert judge([polled], days={"poll": [date(2023, 5, 30), date(2023, 7, 1)]}).state == "missing", "June is not in it"
    assert judge([polled]).state == "missing"


def test_a_period_that_was_taken_from_the_rows_hides_no_gap_between_them() -> None:
    days = [date(2023, 5, 30), date(2023, 7, 1)]
    hull = batch("poll", (days[0], days[-1]), DUE)
    assert judge([hull], days={"poll": days}).state == "missing"
    declared = batch("poll", (date(2023, 5, 1), date(2023, 7, 31)), DUE)
    assert judge([declared], days={"poll": days}).state == "on_time", "the delivery itself says that June is in it"


@pytest.mark.parametrize(
    ("first_month", "earlier", "state", "days_late"),
    [
        pytest.param(date(2021, 1, 1), [], "on_time", 0, id="the first poll brings years"),
        pytest.param(date(2023, 6, 1), [], "late", 4, id="one period is no history"),
        pytest.param(
            date(2021, 1, 1),
            [batch("before", (date(2023, 4, 1), date(2023, 4, 30)), DUE)],
            "late",
            4,
            id="not the first",
        ),
    ],
)
def test_history_that_the_first_delivery_brings_is_not_late(
    first_month: date, earlier: list[Batch], state: str, days_late: int
) -> None:
    poll = batch("poll", None, DUE + timedelta(days=3, hours=1))
    row = judge([poll, *earlier], DUE + timedelta(days=5), days={"poll": [first_month, date(2023, 6, 1)]})
    assert (row.state, row.days_late) == (state, days_late)


def test_a_row_dated_in_the_future_is_not_fresh_data() -> None:
    row = judge([batch("poll", None, DUE)], days={"poll": [date(2023, 5, 30), date(2099, 1, 1)]})
    assert (row.state, row.data_period_end) == ("missing", date(2023, 5, 30))


def test_daily_feeds_are_judged_by_the_day() -> None:
    daily = contract(calendar={"cadence": "daily", "due_days": 1, "due_time": "08:00", "grace_days": 0})
    day = date(2023, 6, 29)
    moment = local(2023, 7, 1)
    row = judge([batch("b", (day, day), local(2023, 6, 30, 7))], moment, entity=daily)
    assert (row.state, row.expected_period_end, row.due_at) == ("on_time", day, local(2023, 6, 30, 8))
    assert judge([batch("b", (day, day), local(2023, 6, 30, 9))], moment, entity=daily).days_late == 1
    assert judge([batch("b", (day, day), local(2023, 6, 30, 7))], local(2023, 7, 1, 8), entity=daily).state == "missing"


def test_every_entity_has_one_row_of_its_own() -> None:
    entities = [contract("prk_lot"), contract("prk_event")]
    rows = feed_freshness(entities, [batch("june", JUNE, DUE)], {}, moment=NOW, zone=ZONE, since=SINCE)
    assert [(row.entity, row.state) for row in rows] == [("prk_lot", "on_time"), ("prk_event", "missing")]


months = st.integers(0, 29).map(lambda n: date(2021 + n // 12, n % 12 + 1, 1))


@given(
    backfilled=st.lists(st.tuples(months, st.integers(0, 14 * 24)), max_size=6),
    declared=st.booleans(),
    current=st.none() | st.integers(-40 * 24, 14 * 24),
)
def test_a_backfill_of_old_periods_never_changes_how_the_current_one_looks(
    backfilled: list[tuple[date, int]], declared: bool, current: int | None
) -> None:
    """Old months (up to May 2023), however many and however late they come, leave the judgement on June as it was."""
    known = [] if current is None else [batch("june", JUNE, DUE + timedelta(hours=current))]
    old, days = [], {}
    for number, (first, hours) in enumerate(backfilled):
        if first >= JUNE[0]:
            continue
        name = f"old{number}"
        last = first + timedelta(days=27)
        old.append(batch(name, (first, last) if declared else None, DUE + timedelta(hours=hours)))
        days[name] = [first, last]
    before, after = judge(known), judge([*known, *old], days=days)
    assert (after.state, after.days_late, after.expected_period_end) == (
        before.state,
        before.days_late,
        before.expected_period_end,
    )
    if known:
        assert after == before
    else:
        assert after.data_period_end is None or after.data_period_end < JUNE[0]
        assert after.state == "missing"


def test_the_ledger_gives_what_freshness_reads(ledger: Ledger) -> None:
    ledger.register_contract([contract()])
    ledger.record_landed(envelope("june", period_start=None, period_end=None, received_at=DUE), [file()])
    ledger.decide("june", "admitted", partitions=[PartitionRows(JUNE[1], 3), PartitionRows(date(2023, 7, 1), 0, 2)])
    (row,) = feed_freshness(
        ledger.contracts(), ledger.batches(), ledger.batch_days(), moment=NOW, zone=ZONE, since=SINCE
    )
    assert (row.state, row.last_batch_id, row.data_period_end) == ("on_time", "june", JUNE[1])


deliveries = st.lists(
    st.tuples(st.dates(date(2023, 3, 1), date(2023, 8, 31)), st.integers(0, 45), st.integers(0, 60 * 24)), max_size=8
)


@given(
    deliveries=deliveries,
    history=st.sampled_from(["event", "register"]),
    hours=st.lists(st.integers(0, 200 * 24), min_size=1, max_size=4),
)
def test_the_rule_holds_at_every_moment(
    deliveries: list[tuple[date, int, int]], history: str, hours: list[int]
) -> None:
    """Against the rule said plainly: which batches are there, which is about the expected month, when did it come."""
    batches = [
        batch(f"b{number}", (start, start + timedelta(days=length)), local(2023, 4, 1) + timedelta(hours=after))
        for number, (start, length, after) in enumerate(deliveries)
    ]
    entity = contract(history=history)
    moments = [local(2023, 4, 1) + timedelta(hours=hour) for hour in hours]
    rows = list(freshness_history([entity], batches, {}, moments=moments, zone=ZONE, since=SINCE))
    for moment, row in zip(moments, rows, strict=True):
        there = [one for one in batches if one.received_at <= moment]
        newest = max((one.period_end for one in there if one.period_end), default=None)
        assert row.data_period_end == newest
        assert row.expected_period_end is not None
        assert row.due_at is not None
        first = row.expected_period_end.replace(day=1)
        filling = [
            one.received_at
            for one in there
            if one.period_start is not None
            and one.period_end is not None
            and one.period_end >= first
            and (history == "register" or one.period_start <= row.expected_period_end)
        ]
        if filling:
            earliest = min(there, key=lambda one: (one.received_at, one.batch_id))
            brings_history = (
                min(filling) == earliest.received_at
                and earliest.period_start is not None
                and earliest.period_start < first
            )
            assert row.state == ("on_time" if min(filling) <= row.due_at or brings_history else "late")
        else:
            assert row.state == ("late" if moment < row.due_at + timedelta(days=2) else "missing")
        assert row == judge(batches, moment, entity=entity)
