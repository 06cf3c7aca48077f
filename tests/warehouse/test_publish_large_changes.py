"""Publishing: large changes need a reason, and every change says its own.

April is settled (over 31 days before the first publication's as-of), June is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from tests.warehouse.small_district import AS_OF, DISTRICT, SmallDistrict
from tests.warehouse.small_publications import APRIL, FACT, figure, go, shown, times
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.provenance.verify import verify
from warehouse.publish import Reason

pytestmark = pytest.mark.slow


@pytest.fixture
def small(home: Home, ledger: Ledger) -> SmallDistrict:
    district = SmallDistrict(home, ledger)
    district.deliver_all()
    return district


LARGE: Sequence[tuple[str, str, tuple[str, ...]]] = (
    ("a settled count doubles", times(2, "S14", f"period_end = '{APRIL}'"), ("S14",)),
    ("a running count doubles", times(2, "S14", f"period_end = '{AS_OF}'"), ()),
    ("a settled count grows by a sixth", "UPDATE marts.fct_indicator_observation SET value = 7, numerator = 7 "
     f"WHERE indicator_code = 'S14' AND period_end = '{APRIL}' AND area_code = '{DISTRICT}'", ()),
    ("a settled figure is gone", "DELETE FROM marts.fct_indicator_observation "
     f"WHERE indicator_code = 'S14' AND period_end = '{APRIL}'", ("S14",)),
)  # fmt: skip


@pytest.mark.parametrize(("spoil", "held"), [case[1:] for case in LARGE], ids=[case[0] for case in LARGE])
def test_large_changes_need_a_reason(small: SmallDistrict, spoil: str, held: tuple[str, ...]) -> None:
    go(small, run="run1")
    report = go(small, spoil, run="run2")
    assert tuple(hold.indicator_code for hold in report.held) == held
    assert {hold.cause for hold in report.held} <= {"large_change"}
    if held:
        assert (figure(small, "S14", APRIL), shown(small)["S14"].status) == (6, "held")


def test_percentages_are_judged_in_points(home: Home, ledger: Ledger) -> None:
    small = SmallDistrict(home, ledger)
    small.deliver_uploads("bapril", 80, 100, day=date(2023, 4, 15))
    go(small)
    small.deliver_uploads("bapril2", 104, 120, day=date(2023, 4, 16))  # 184 of 220: 83.6, up 3.6 points
    assert go(small).held == ()
    small.deliver_uploads("bapril3", 80, 80, day=date(2023, 4, 17))  # 264 of 300: 88, up 4.4 points
    assert go(small).held == ()
    small.deliver_uploads("bapril4", 0, 30, day=date(2023, 4, 18))  # 264 of 330: 80, down 8 points
    assert [hold.indicator_code for hold in go(small).held] == ["S15"]


def test_a_reason_lets_a_large_change_through_and_is_recorded(small: SmallDistrict) -> None:
    go(small, run="run1")
    spoil = times(2, "S14", f"period_end = '{APRIL}'")
    assert go(small, spoil, run="run2").held
    report = go(small, spoil, run="run3", reasons={"S14": Reason("error_correction", "四月漏计一半停车场")})
    assert report.held == ()
    assert figure(small, "S14", APRIL) == 12
    last = [r for r in small.ledger.revisions("S14") if r.period_end == APRIL and r.area_code == DISTRICT][-1]
    assert (last.previous_value, last.value, last.reason_class, last.reason) == (
        6,
        12,
        "error_correction",
        "四月漏计一半停车场",
    )


def test_a_new_definition_may_change_much(small: SmallDistrict) -> None:
    go(small)
    small.versions["S14"] = 2
    report = go(small, times(2, "S14"))
    assert report.held == ()
    assert {(c.reason_class, c.value) for c in report.changes} == {("definition_change", 12.0)}
    assert "口径版本 1 改为 2" in report.changes[0].reason


def test_the_same_batches_and_another_value_is_a_recalculation(small: SmallDistrict) -> None:
    go(small)
    report = go(small, times(2, "S14", f"period_end = '{AS_OF}'"))
    assert {c.reason_class for c in report.changes} == {"recalculation"}


@pytest.mark.parametrize("counted", [["blots"], ["blots", "bmay"]], ids=["same", "others"])
def test_a_register_that_changes_a_figure_by_what_it_leaves_out_is_its_cause(
    small: SmallDistrict, counted: list[str]
) -> None:
    go(small)
    networked = {f"P{place}": date(2021 + place // 2, 3, 10) for place in range(6)} | {"P6": AS_OF}
    small.deliver_lots("blots2", networked, day=AS_OF, order=2)
    # The seventh lot was there all the time but for the delivery before: it is counted under the batch that began it,
    # which may be one that the figure did not name before.
    as_begun = f"UPDATE marts.fct_indicator_observation SET batch_ids = {counted} WHERE indicator_code = 'S14'"
    report = go(small, as_begun)
    assert [(c.reason_class, c.previous_value, c.value) for c in report.changes] == [("better_source", 6, 7)]
    assert report.changes[0].reason == (
        "登记新增批次 blots2 / new batches of a register blots2；"
        "登记不再采用批次 blots / batches of a register no longer used blots"
    )


def test_a_new_period_in_another_unit_is_held(small: SmallDistrict) -> None:
    go(small, times(100, "S14"), f"DELETE FROM marts.fct_indicator_observation WHERE period_end = '{AS_OF}'")
    report = go(small, times(100, "S14", f"period_end < '{AS_OF}'"), times(1_000_000, "S14", f"period_end = '{AS_OF}'"))
    assert [(hold.indicator_code, hold.cause) for hold in report.held] == [("S14", "large_change")]
    assert "疑为单位错误" in report.held[0].zh
    assert shown(small)["S15"].value == 82  # the new month of another indicator is published


def test_an_indicator_that_leaves_the_catalogue_is_withdrawn(small: SmallDistrict) -> None:
    go(small)
    report = go(
        small,
        "DELETE FROM marts.dim_indicator WHERE indicator_code = 'S14'",
        "DELETE FROM marts.fct_indicator_observation WHERE indicator_code = 'S14'",
    )
    assert (report.held, report.withdrawn_figures) == ((), 9)
    last = small.ledger.revisions("S14")[-1]
    assert (last.value, last.previous_value, last.reason_class) == (None, 3, "definition_change")
    assert "S14" not in shown(small)
    assert verify(small.home, small.ledger).findings == ()


def test_a_period_that_an_earlier_day_does_not_know_is_gone_for_that_reason(small: SmallDistrict) -> None:
    go(small)
    earlier = date(2023, 6, 15)
    go(small, f"DELETE FROM {FACT} WHERE period_end = '{AS_OF}'", as_of=earlier)
    last = small.ledger.revisions("S15")[-1]
    assert (last.period_end, last.value, last.previous_value) == (AS_OF, None, 82)
    assert (last.reason_class, last.reason) == (
        "recalculation",
        "截至日改为 2023-06-15，该期尚未结束 / judged as of 2023-06-15, when the period had not ended",
    )
    go(small)
    last = small.ledger.revisions("S15")[-1]
    assert (last.period_end, last.value, last.previous_value) == (AS_OF, 82, None)
    assert "撤下的数值重新可得" in last.reason
