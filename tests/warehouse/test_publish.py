"""Publishing: what readers see, what the revision ledger says, what is held and why."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.warehouse.small_district import AS_OF, SmallDistrict
from tests.warehouse.small_publications import MAY, go, shown, times
from warehouse.checks.outcome import CheckSpec
from warehouse.checks.published import TableChecks
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.provenance.verify import verify
from warehouse.publish import PublishRefused, publish
from warehouse.read import NothingPublished, SnapshotReader
from warehouse.read import indicator as read_indicator
from warehouse.read.overview import changes
from warehouse.read.plan import totals

pytestmark = pytest.mark.slow


@pytest.fixture
def small(home: Home, ledger: Ledger) -> SmallDistrict:
    district = SmallDistrict(home, ledger)
    district.deliver_all()
    return district


def test_first_publication(small: SmallDistrict) -> None:
    report = go(small)
    assert (report.number, report.published, report.new_figures, report.held) == (1, True, 11, ())
    rows = shown(small)
    # Six lots, all networked by 2023-03; 41 of 50 uploads in June.
    assert (rows["S14"].value, rows["S14"].status) == (6, "ahead")
    assert (rows["S15"].value, rows["S15"].numerator, rows["S15"].denominator) == (82, 41, 50)
    assert (rows["N01"].value, rows["N01"].status) == (None, "undefined")
    revisions = small.ledger.latest_revisions()
    assert {r.reason_class for r in revisions} == {"first_publication"}
    assert {(r.value, r.previous_value) for r in revisions if r.indicator_code == "S15"} == {(80.0, None), (82.0, None)}
    assert [s.state for s in small.ledger.snapshots()] == ["published"]
    assert verify(small.home, small.ledger).findings == ()


def test_a_handover_between_departments_is_published(small: SmallDistrict) -> None:
    small.departments["S14"] = [
        {"code": "transport_bureau", "from": "2021-01-01", "to": "2022-12-31"},
        {"code": "construction_commission", "from": "2023-01-01"},
    ]
    go(small)
    reader = SnapshotReader(small.home)
    assert read_indicator.definition(reader, "S14").departments == [
        {"code": "transport_bureau", "from": date(2021, 1, 1), "to": date(2022, 12, 31)},
        {"code": "construction_commission", "from": date(2023, 1, 1), "to": None},
    ]
    answered = {
        day: {row.dimension_code for row in totals(reader, day) if row.dimension == "department"}
        for day in (date(2022, 12, 31), date(2023, 1, 1))
    }
    assert answered == {
        date(2022, 12, 31): {"transport_bureau", "construction_commission"},
        date(2023, 1, 1): {"construction_commission"},
    }
    assert {row["department_code"] for row in reader.rows("FROM department")} >= {"transport_bureau"}


def test_nothing_changed_makes_no_snapshot_and_no_revision(small: SmallDistrict) -> None:
    first = go(small, run="run1")
    revisions = small.ledger.latest_revisions()
    second = go(small, run="run2")
    assert (second.published, second.snapshot_id, second.number) == (False, first.snapshot_id, 1)
    assert small.ledger.latest_revisions() == revisions
    assert [path.name for path in small.home.published.glob("s*.duckdb")] == [f"{first.snapshot_id}.duckdb"]
    assert not list(small.home.workspace.glob("publishing-*"))


def test_another_as_of_day_is_a_new_publication_without_revisions(small: SmallDistrict) -> None:
    go(small)
    report = go(small, as_of=date(2023, 7, 1))
    assert (report.published, report.number, report.new_figures, report.revised_figures) == (True, 2, 0, 0)


def test_better_data_revise_one_figure_and_leave_the_others(small: SmallDistrict) -> None:
    first = go(small, run="run1")
    small.deliver_uploads("bjune2", 49, 50, day=date(2023, 6, 29))
    report = go(small, run="run2")
    assert (report.number, report.new_figures, report.revised_figures) == (2, 0, 1)
    (change,) = report.changes
    assert (change.indicator_code, change.previous_value, change.value) == ("S15", 82.0, 90.0)
    assert change.reason_class == "better_source"
    assert "bjune2" in change.reason
    history = small.ledger.revisions("S15")
    assert [r.value for r in history if r.period_end == AS_OF] == [82.0, 90.0]
    assert len(small.ledger.revisions("S14")) == 9
    # The first snapshot still says what it said.
    old = SnapshotReader(small.home, first.snapshot_id)
    assert read_indicator.series(old, "S15")[-1].value == 82.0
    assert [r.value for r in read_indicator.revisions(SnapshotReader(small.home), "S15", changed_only=True)] == [90.0]
    assert [c.indicator_code for c in changes(SnapshotReader(small.home))] == ["S15"]
    assert verify(small.home, small.ledger).findings == ()


def test_the_last_digit_of_a_sum_is_no_revision(small: SmallDistrict) -> None:
    go(small)
    report = go(small, times(1 + 1e-13, "S15"))
    assert (report.published, report.revised_figures) == (False, 0)


def test_a_failed_check_holds_its_indicator_and_lets_the_others_go_on(small: SmallDistrict) -> None:
    go(small, run="run1")
    small.deliver_uploads("bjune2", 49, 50, day=date(2023, 6, 29))
    lots = {f"P{place}": date(2021, 3, 10) for place in range(6)} | dict.fromkeys("XY", MAY)
    small.deliver_lots("blots2", lots, day=AS_OF, order=2)
    report = go(
        small, "UPDATE marts.fct_indicator_observation SET value = 140 WHERE indicator_code = 'S15'", run="run2"
    )
    (hold,) = report.held
    assert (hold.indicator_code, hold.cause) == ("S15", "check")
    assert "数值等于分子除以分母" in hold.zh
    rows = shown(small)
    assert (rows["S15"].value, rows["S15"].status, rows["S15"].quality) == (82, "held", "failed")
    assert rows["S14"].value == 8
    states = {o.state for o in read_indicator.series(SnapshotReader(small.home), "S15")}
    assert states == {"held"}
    assert [r.value for r in small.ledger.revisions("S15")] == [80.0, 82.0]
    failed = small.ledger.check_results(scope="published", run_id="run2")
    assert {
        (r.check_key, r.indicator_code, r.failed_rows) for r in failed if r.outcome == "FAILED" and r.indicator_code
    } == {
        ("figure_follows_from_its_parts", "S15", 2),
        ("figure_within_its_bounds", "S15", 2),
    }
    assert verify(small.home, small.ledger).findings == ()
    again = go(small, run="run3")
    assert again.held == ()
    assert shown(small)["S15"].value == 90


def test_held_on_the_first_publication_shows_no_number(small: SmallDistrict) -> None:
    report = go(small, "UPDATE marts.fct_indicator_observation SET value = -1 WHERE indicator_code = 'S14'")
    assert [hold.indicator_code for hold in report.held] == ["S14"]
    row = shown(small)["S14"]
    assert (row.value, row.status, row.trend_values) == (None, "held", [])
    assert small.ledger.revisions("S14") == []


@pytest.mark.parametrize(
    "spoil",
    [
        "DELETE FROM marts.dim_indicator",
        "ALTER TABLE marts.fct_indicator_observation DROP COLUMN coverage",
        "INSERT INTO marts.dim_indicator (indicator_code, state) SELECT NULL, 'agreed' FROM range(2)",
    ],
)
def test_a_failure_of_no_indicator_refuses_the_whole_publication(small: SmallDistrict, spoil: str) -> None:
    first = go(small, run="run1")
    small.deliver_uploads("bjune2", 49, 50, day=date(2023, 6, 29))
    with pytest.raises(PublishRefused) as refusal:
        go(small, spoil, run="run2")
    assert refusal.value.zh
    assert refusal.value.en
    assert SnapshotReader(small.home).snapshot_id == first.snapshot_id
    assert shown(small)["S15"].value == 82
    assert len(small.ledger.snapshots()) == 1
    assert verify(small.home, small.ledger).findings == ()


def test_a_check_that_cannot_be_evaluated_refuses(small: SmallDistrict) -> None:
    broken = CheckSpec(
        "broken", None, "坏检查", "Broken", "规范性", "error", True, None, "test",
        {"failed_rows": {"query": "SELECT nothing_there FROM ${var.table}"}},
    )  # fmt: skip
    with pytest.raises(PublishRefused, match="坏检查"):
        go(small, checks=[TableChecks("marts.fct_indicator_observation", (broken,))])
    with pytest.raises(NothingPublished):
        SnapshotReader(small.home)
    assert [r.outcome for r in small.ledger.check_results(scope="published")] == ["NOT_EVALUATED"]


def test_a_warning_holds_nothing(small: SmallDistrict) -> None:
    report = go(small, "UPDATE marts.fct_indicator_observation SET coverage = 0.5 WHERE indicator_code = 'S15'")
    assert report.held == ()
    assert {r.outcome for r in report.checks if r.check_key == "coverage_is_high"} == {"WARN"}
    assert shown(small)["S15"].quality == "warning"


def test_no_figures_at_all(home: Home, ledger: Ledger) -> None:
    small = SmallDistrict(home, ledger)
    report = go(small)
    assert (report.published, report.new_figures) == (True, 0)
    rows = shown(small)
    assert {code: (row.value, row.status) for code, row in rows.items()} == {
        "S14": (None, "missing"),
        "S15": (None, "missing"),
        "N01": (None, "undefined"),
    }


def test_figures_that_all_vanish_are_refused(small: SmallDistrict) -> None:
    go(small)
    with pytest.raises(PublishRefused, match="11 个数值"):
        go(small, "DELETE FROM marts.fct_indicator_observation")
    assert shown(small)["S14"].value == 6


def test_without_a_build_or_marts_or_manifest_nothing_is_published(small: SmallDistrict, tmp_path: Path) -> None:
    with pytest.raises(PublishRefused, match="dbt build"):
        publish(small.home, small.ledger, as_of=AS_OF, run_id="r", manifest_path=small.manifest_path)
    with pytest.raises(PublishRefused):
        go(small, "DROP TABLE marts.dim_subdistrict")
    with pytest.raises(PublishRefused, match="manifest"):
        go(small, manifest_path=tmp_path / "none.json")
