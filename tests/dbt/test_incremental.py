"""Incremental builds: only touched days are replaced, and the result is that of a full build.

Does not belong here: what models compute (unit tests beside the models).
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.dbt.build import build
from tests.dbt.lake import Lake
from warehouse.home import Home

pytestmark = pytest.mark.integration

FIRST, SECOND, THIRD = (date(2023, 6, day) for day in (1, 2, 3))
SNAPSHOTS = ("+fct_parking_lot_day", "fct_parking_lot_hour")
ORDERS = ("+fct_ecommerce_order",)


class Building:
    """A home with its lake; `models` builds, `rows` reads, `replaced` says which days the last build replaced."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root / "home").prepare()
        self.lake = Lake(self.home)

    def models(self, *select: str, **how: Any) -> None:
        self.lake.export()
        build(self.home, *select, **how)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.home.build_database), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def replaced(self, model: str) -> list[date | None]:
        return [day for (day,) in self.rows(f"select dt from build_state.{model}__touched order by dt")]


@pytest.fixture
def building(tmp_path: Path) -> Building:
    return Building(tmp_path)


def _snapshot(lot: str, day: date, free: int, **changed: Any) -> dict[str, Any]:
    at = datetime(day.year, day.month, day.day, 4)
    row = {
        "lot_code": lot,
        "snapshot_time": at,
        "receive_time": at,
        "total_spaces": 100,
        "free_spaces": free,
        "dt": day,
    }
    return row | changed


def test_late_corrections_touch_their_day_alone(building: Building) -> None:
    lake = building.lake
    lake.deliver("parking.prk_snapshot", [_snapshot("1", FIRST, 10), _snapshot("2", FIRST, 20)])
    lake.deliver("parking.prk_snapshot", [_snapshot("1", SECOND, 30)])
    building.models(*SNAPSHOTS)
    assert building.replaced("stg_parking__prk_snapshot") == [None]  # everything, on the first build

    building.models(*SNAPSHOTS)
    assert building.replaced("stg_parking__prk_snapshot") == []
    assert building.replaced("fct_parking_lot_day") == []

    lake.deliver("parking.prk_snapshot", [_snapshot("1", THIRD, 40)])
    lake.deliver("parking.prk_snapshot", [_snapshot("1", FIRST, 15), _snapshot("2", FIRST, 0, _deleted=True)])
    building.models(*SNAPSHOTS)
    assert building.replaced("stg_parking__prk_snapshot") == [FIRST, THIRD]
    assert building.replaced("fct_parking_lot_hour") == [FIRST, THIRD]
    assert building.rows("select dt, lot_code, free_spaces from staging.stg_parking__prk_snapshot order by all") == [
        (FIRST, "1", 15),
        (SECOND, "1", 30),
        (THIRD, "1", 40),
    ]

    # a correction replaces the whole day; this one brings no rows
    lake.deliver("parking.prk_snapshot", [], day=SECOND, mode="correction")
    building.models(*SNAPSHOTS)
    assert building.replaced("stg_parking__prk_snapshot") == [SECOND]
    after = {
        model: building.rows(f"select * from {model} order by all")
        for model in (
            "staging.stg_parking__prk_snapshot",
            "conformed.fct_parking_lot_day",
            "conformed.fct_parking_lot_hour",
        )
    }
    assert building.rows("select distinct dt from conformed.fct_parking_lot_hour order by dt") == [(FIRST,), (THIRD,)]

    building.models(*SNAPSHOTS, full_refresh=True)
    assert after == {model: building.rows(f"select * from {model} order by all") for model in after}


def test_a_changed_register_touches_the_days_that_it_changes(building: Building) -> None:
    lake = building.lake
    lot = {"lot_code": "1", "is_24h": True, "upload_interval_minutes": 60}
    lake.deliver("parking.prk_lot", [lot], day=FIRST, mode="full")
    for day in (FIRST, SECOND, THIRD):
        lake.deliver("parking.prk_snapshot", [_snapshot("1", day, 10)])
    building.models(*SNAPSHOTS)

    lake.deliver("parking.prk_lot", [lot | {"upload_interval_minutes": 30}], day=SECOND, mode="full")
    building.models(*SNAPSHOTS)
    assert building.replaced("stg_parking__prk_snapshot") == []
    assert building.replaced("fct_parking_lot_day") == [SECOND, THIRD]
    assert building.rows("select dt, intervals_due from conformed.fct_parking_lot_day order by dt") == [
        (FIRST, 24),
        (SECOND, 48),
        (THIRD, 48),
    ]


def _order(day: date, amount: float | None, **changed: Any) -> dict[str, Any]:
    paid = None if amount is None else datetime(day.year, day.month, day.day, 4)
    row = {"platform_code": "A", "order_id": "1", "line_no": "1", "paid_time": paid, "paid_amount": amount, "dt": day}
    return row | changed


def test_a_row_that_moves_to_another_day_leaves_its_old_one_and_returns_when_withdrawn(building: Building) -> None:
    lake = building.lake
    lake.deliver("ecommerce_gmv.ecm_order", [_order(FIRST, 5), _order(FIRST, 7, order_id="2")])
    building.models(*ORDERS)

    lake.deliver("ecommerce_gmv.ecm_order", [_order(SECOND, 6)])
    building.models(*ORDERS)
    assert building.replaced("stg_ecommerce_gmv__ecm_order") == [FIRST, SECOND]
    orders = "select dt, order_id, paid_yuan::double from conformed.fct_ecommerce_order order by all"
    assert building.rows(orders) == [(FIRST, "2", 7), (SECOND, "1", 6)]

    lake.deliver("ecommerce_gmv.ecm_order", [], day=SECOND, mode="correction")
    building.models(*ORDERS)
    assert building.rows(orders) == [(FIRST, "1", 5), (FIRST, "2", 7)]


def test_a_day_replaced_for_one_key_keeps_the_others_as_they_are(building: Building) -> None:
    """Replacing a day for one key must not bring back an older version of another key that lies elsewhere by now."""
    lake = building.lake
    lake.deliver("ecommerce_gmv.ecm_order", [_order(FIRST, 5), _order(FIRST, 7, order_id="2")])
    lake.deliver("ecommerce_gmv.ecm_order", [_order(THIRD, 8, order_id="2")])
    building.models(*ORDERS)

    lake.deliver("ecommerce_gmv.ecm_order", [_order(SECOND, 6)])  # takes order 1 away from the day that order 2 left
    building.models(*ORDERS)
    orders = "select dt, order_id, paid_yuan::double from conformed.fct_ecommerce_order order by all"
    assert building.rows(orders) == [(SECOND, "1", 6), (THIRD, "2", 8)]
    assert building.replaced("stg_ecommerce_gmv__ecm_order") == [FIRST, SECOND]  # order 2 is not judged anew


STAYS = ("+fct_parking_session",)


def _event(number: int, kind: str, at: datetime, **changed: Any) -> dict[str, Any]:
    local_day = (at + timedelta(hours=8)).date()
    row = {
        "event_id": f"e{number:04d}",
        "lot_code": "1",
        "session_no": "s1",
        "event_type": kind,
        "event_time": at,
        "receive_time": at + timedelta(seconds=5),
        "parked_seconds": 60 if kind == "leave" else None,
        "dt": local_day,
    }
    return row | changed


def test_stays_built_day_by_day_are_those_of_a_full_build(building: Building) -> None:
    """Late, out of order, voided, superseded, moved, repeated; clocks far ahead; serial numbers that come again."""
    chance = random.Random(310105)
    begin = datetime(2023, 6, 1)
    lake = building.lake

    def delivery(first: int, count: int, day: int) -> list[dict[str, Any]]:
        rows = []
        for number in range(first, first + count):
            kind = chance.choice(["enter", "enter", "leave", "leave", "void"])
            at = begin + timedelta(days=day, hours=chance.choice([0, 1, 5, 15, 16, 23]), minutes=chance.randrange(60))
            row = _event(number, kind, at, session_no=f"s{chance.randrange(6)}")
            if chance.random() < 0.1:  # a clock that is days ahead dates the row, its reception says when it happened
                row["receive_time"] = at - timedelta(days=chance.choice([1, 4, 9]))
            rows.append(row)
        return rows

    for day in range(0, 24, 2):
        lake.deliver("parking.prk_event", delivery(day * 10, 6, day), day=(begin + timedelta(days=day)).date())
    building.models(*STAYS)
    stays = "select * from conformed.fct_parking_session order by all"
    assert len(building.rows(stays)) > 20

    # one day more, with the data tests of the days that this build replaces
    lake.deliver("parking.prk_event", delivery(900, 2, 24))
    building.models(*STAYS, tests=("test",))
    replaced = building.replaced("fct_parking_session")
    assert all(
        day is not None and day > (begin + timedelta(days=14)).date() for day in replaced
    )  # far days are left alone

    # late, voids, known events on other days now, a tombstone
    lake.deliver("parking.prk_event", delivery(910, 3, 11))
    voids = [_event(920 + n, "void", begin + timedelta(days=10), session_no=f"s{n}") for n in range(3)]
    lake.deliver("parking.prk_event", voids)
    moved = [row | {"dt": row["dt"] + timedelta(days=7)} for row in delivery(80, 3, 8)]
    lake.deliver("parking.prk_event", moved)
    lake.deliver("parking.prk_event", [_event(40, "leave", begin + timedelta(days=4), _deleted=True)])
    building.models(*STAYS)

    # a correction withdraws what a day had, voids among it
    lake.deliver("parking.prk_event", delivery(990, 1, 10), day=(begin + timedelta(days=10)).date(), mode="correction")
    building.models(*STAYS, tests=("test",))
    step_by_step = building.rows(stays)
    building.models(*STAYS, full_refresh=True)
    assert step_by_step == building.rows(stays)

    few_at_once = {"stay_events_in_a_slice": 5}
    building.models(*STAYS, full_refresh=True, variables=few_at_once, tests=("test",))
    slices = "select count(distinct slice) from build_state.fct_parking_session__slice"
    assert building.rows(slices)[0][0] > 5
    assert step_by_step == building.rows(stays)
    laid_down = [day for (day,) in building.rows("select dt from conformed.fct_parking_session order by rowid")]
    assert laid_down == sorted(laid_down)

    # many days at once, none of which a full build
    for day in range(0, 24, 3):
        lake.deliver("parking.prk_event", delivery(1000 + day * 10, 4, day))
    building.models(*STAYS, variables=few_at_once, tests=("test",))
    assert building.rows(slices)[0][0] > 5
    step_by_step = building.rows(stays)
    building.models(*STAYS, full_refresh=True)
    assert step_by_step == building.rows(stays)


def _report(uid: str, version: int, status: str, day: date) -> dict[str, Any]:
    at = datetime(day.year, day.month, day.day, 4)
    own = {"report_uid": uid, "version_no": version, "status": status, "issued_time": at, "receive_time": at, "dt": day}
    return own | {"org_code": "H1", "report_type": "LAB", "image_uploaded": True}


def test_a_report_cancelled_on_another_day_stays_cancelled(building: Building) -> None:
    """Its day is touched by way of another report, whose second version came on a third day."""
    select = ("+fct_hospital_report",)
    lake = building.lake
    lake.deliver("hospital_interconnect.hsp_report", [_report("A", 1, "final", FIRST), _report("B", 1, "final", FIRST)])
    lake.deliver("hospital_interconnect.hsp_report", [_report("A", 2, "cancelled", SECOND)])
    building.models(*select)
    assert building.rows("select report_uid, version_no from conformed.fct_hospital_report") == [("B", 1)]

    lake.deliver("hospital_interconnect.hsp_report", [_report("B", 2, "corrected", THIRD)])
    building.models(*select)
    assert building.rows("select report_uid, version_no, dt from conformed.fct_hospital_report") == [("B", 2, THIRD)]

    # the day of a version that holds no more is delivered again, beside another report
    lake.deliver("hospital_interconnect.hsp_report", [_report("C", 1, "final", FIRST)])
    building.models(*select)
    kept = building.rows("select report_uid, version_no, dt from conformed.fct_hospital_report order by all")
    assert kept == [("B", 2, THIRD), ("C", 1, FIRST)]


def test_a_report_removed_on_another_day_stays_removed(building: Building) -> None:
    lake = building.lake
    lake.deliver("hospital_interconnect.hsp_report", [_report("A", 1, "final", FIRST), _report("B", 1, "final", FIRST)])
    lake.deliver("hospital_interconnect.hsp_report", [_report("A", 1, "final", SECOND) | {"_deleted": True}])
    select = ("stg_hospital_interconnect__hsp_report",)
    building.models(*select)
    assert building.rows(f"select report_uid from staging.{select[0]}") == [("B",)]

    lake.deliver("hospital_interconnect.hsp_report", [_report("C", 1, "final", FIRST)])
    building.models(*select)
    assert building.rows(f"select report_uid from staging.{select[0]} order by all") == [("B",), ("C",)]


def test_a_day_of_rejected_rows_alone_was_not_delivered(building: Building) -> None:
    lake = building.lake
    lake.deliver("parking.prk_lot", [{"lot_code": "1", "upload_interval_minutes": 60}], day=FIRST, mode="full")
    lake.deliver("parking.prk_snapshot", [_snapshot("1", FIRST, 10)], rejected={SECOND: 1})  # a clock that is ahead
    building.models("+fct_parking_lot_due", "+ind_prk02__valid_snapshot_share")
    assert building.rows("select distinct dt from conformed.fct_parking_lot_due") == [(FIRST,)]
    received = "select denominator from indicators.ind_prk02__valid_snapshot_share where period_type = 'month'"
    assert building.rows(f"{received} and numerator is not null") == [(2,)], "the rejected row was received"
