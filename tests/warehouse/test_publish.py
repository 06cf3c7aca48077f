"""Publishing: what readers see, what the revision ledger says, what is held and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.warehouse.ledger_rows import check_result
from tests.warehouse.small_district import AS_OF, DISTRICT, SmallDistrict
from warehouse.checks.outcome import CheckSpec
from warehouse.checks.published import TableChecks
from warehouse.home import Home
from warehouse.ledger import Ledger, RejectReason
from warehouse.provenance.verify import verify
from warehouse.publish import PublishRefused, PublishReport, Reason, publish
from warehouse.publish.compare import differences
from warehouse.publish.switch import snapshot_path
from warehouse.read import NothingPublished, SnapshotReader
from warehouse.read import indicator as read_indicator
from warehouse.read.feeds import failed_rows
from warehouse.read.overview import OverviewRow, changes, overview
from warehouse.read.plan import totals

pytestmark = pytest.mark.slow

FACT = "marts.fct_indicator_observation"
MAY, APRIL = date(2023, 5, 31), date(2023, 4, 30)


@pytest.fixture
def small(home: Home, ledger: Ledger) -> SmallDistrict:
    district = SmallDistrict(home, ledger)
    district.deliver_all()
    return district


def go(small: SmallDistrict, *spoil: str, run: str = "run", **more: Any) -> PublishReport:
    """Build (with `spoil` statements) and publish."""
    small.build(*spoil)
    arguments: dict[str, Any] = {"as_of": AS_OF, "run_id": run, "manifest_path": small.manifest_path}
    return publish(small.home, small.ledger, **(arguments | more))


def shown(small: SmallDistrict) -> dict[str, OverviewRow]:
    return {row.indicator_code: row for row in overview(SnapshotReader(small.home))}


def figure(small: SmallDistrict, code: str, end: date) -> float | None:
    return next(o.value for o in read_indicator.series(SnapshotReader(small.home), code) if o.period_end == end)


def times(factor: float, code: str, where: str = "true") -> str:
    """A statement that multiplies counts in the mart."""
    return (
        f"UPDATE marts.fct_indicator_observation SET value = value * {factor}, numerator = numerator * {factor} "
        f"WHERE indicator_code = '{code}' AND {where}"
    )


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


# --- large changes: April is settled (over 31 days before the first publication's as-of), June is not ---------------

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


# --- what a snapshot holds ------------------------------------------------------------------------------------------


def test_two_homes_with_the_same_deliveries_publish_the_same(tmp_path: Path) -> None:
    paths = []
    for name in ("one", "two"):
        home = Home(tmp_path / name).prepare()
        with Ledger.of(home) as ledger:
            small = SmallDistrict(home, ledger)
            small.deliver_all()
            go(small, run=f"run-{name}")
            if name == "two":
                small.deliver_uploads("bjune2", 49, 50, day=date(2023, 6, 29))
                other = go(small, run="other")
            paths.append(snapshot_path(home, "s00001-20230630"))
    assert differences(*paths) == []
    found = differences(paths[0], snapshot_path(home, other.snapshot_id))
    assert any("value: 82.0 <> 90.0" in text for text in found)
    assert any(text.startswith("batch ") and "only in the second" in text for text in found)


def test_evidence_and_lineage_lead_from_the_figure_to_its_batches(small: SmallDistrict) -> None:
    go(small)
    reader = SnapshotReader(small.home)
    (june,) = read_indicator.evidence(reader, "S15")
    assert (june.batch_id, june.rows, june.entity) == ("bjune", 50, "prk_snapshot")
    edges = {(e["from_node"], e["to_node"]) for e in reader.rows("SELECT * FROM lineage_edge")}
    assert {
        ("department.construction_commission", "feed.parking"),
        ("feed.parking", "raw_parking.prk_snapshot"),
        ("raw_parking.prk_snapshot", "stg_parking__prk_snapshot"),
        ("stg_parking__prk_snapshot", "fct_lot_day"),
        ("fct_lot_day", "ind_s15__rate"),
        ("ind_s15__rate", "indicator.S15"),
    } <= edges
    assert not [edge for edge in edges if "ledger" in edge[0] or "mart" in edge[1]]
    labels = dict(
        reader.query("SELECT DISTINCT to_node, to_label_zh FROM lineage_edge").to_pandas().itertuples(index=False)
    )
    assert labels["raw_parking.prk_snapshot"] == "余位上传"
    assert labels["stg_parking__prk_snapshot"] == "余位上传（标准化）"
    assert labels["fct_lot_day"] == "停车场每日上传"


def test_a_figure_is_provisional_until_its_data_are_in(home: Home, ledger: Ledger) -> None:
    small = SmallDistrict(home, ledger)
    small.deliver_uploads("bmay", 80, 100, day=date(2023, 5, 31))
    small.deliver_uploads("bjune", 41, 50, day=date(2023, 6, 20))
    small.deliver_lots("blots", {"P1": date(2022, 1, 1)}, day=date(2023, 6, 5), order=1)
    go(small)
    assert provisional(home, "S15") == {MAY: False, AS_OF: True}  # uploads come daily: until the 20th
    assert provisional(home, "S14") == {APRIL: False, MAY: False, AS_OF: False}  # a register delivered within June


@pytest.mark.parametrize(
    ("cadence", "until", "waiting"),
    [
        ("daily", date(2023, 6, 29), True),
        ("weekly", date(2023, 6, 24), True),
        ("weekly", date(2023, 6, 25), False),  # the last week that ended in June
        ("monthly", date(2023, 5, 31), True),
        ("quarterly", date(2023, 6, 29), True),
        ("half_yearly", date(2023, 6, 29), True),
        ("yearly", date(2022, 12, 31), False),
        ("irregular", date(2023, 1, 5), False),
    ],
)
def test_data_are_waited_for_by_their_own_periods(
    home: Home, ledger: Ledger, cadence: str, until: date, waiting: bool
) -> None:
    small = SmallDistrict(home, ledger, cadence=cadence)
    small.deliver_lots("blots", {"P1": date(2022, 1, 1)}, day=AS_OF, order=1)
    small.deliver_uploads("bold", 80, 100, day=until)
    go(
        small,
        f"UPDATE {FACT} SET period_start = '2023-06-01', period_end = '2023-06-30' WHERE indicator_code = 'S15'",
        checks=(),
    )
    assert provisional(home, "S15") == {AS_OF: waiting}


def provisional(home: Home, code: str) -> dict[date, bool]:
    return {o.period_end: o.is_provisional for o in read_indicator.series(SnapshotReader(home), code)}


def test_failing_rows_are_published_masked(small: SmallDistrict, home: Home) -> None:
    folder = home.failed_rows / "bheld"
    folder.mkdir(parents=True)
    rows = [
        {
            "lot_code": f"P{n}",
            "in_time": None,
            "plate": "沪A12345",
            "surprise": "13800000000",
            "_file": 0,
            "_row": n + 10,
            "_batch_id": "bheld",
        }
        for n in range(50)
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "in_time_given.parquet")
    failed = check_result(
        "in_time_given", outcome="FAILED", failed_rows=50, failed_rows_file="failed_rows/bheld/in_time_given.parquet"
    )
    small.deliver("prk_snapshot", "bheld", [], day=date(2023, 6, 28), hold="检查未通过", checks=[failed])
    go(small)
    reader = SnapshotReader(home)
    published = failed_rows(reader, check_key="in_time_given")
    assert len(published) == 50
    assert (published[0].row_number, published[0].file_name) == (10, "lots.xlsx")
    text = published[0].values_json or ""
    assert '"lot_code": "P0"' in text
    assert '"in_time": null' in text
    assert "沪A12345" not in text
    assert "13800000000" not in text  # a column that the contract does not know


def test_rejected_rows_are_published_masked_by_reason(small: SmallDistrict, home: Home) -> None:
    path = home.rejects / "parking" / "prk_snapshot" / "brejects.parquet"
    path.parent.mkdir(parents=True)
    values = json.dumps({"lot_code": "P1", "plate": "***", "manager_phone": "13800000000"})
    lines = [
        {"_file": 0, "_sheet": "Sheet1", "_row": n, "reason_code": code, "reason_zh": "余位超出",
         "reason_en": "too many", "field": "lot_code", "value": "P1", "values_json": text}
        for n, code, text in [(3, "out_of_range", values), (4, "out_of_range", values), (9, "broken_row", None)]
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(lines), path)
    rejects = [RejectReason("out_of_range", "余位超出", "too many", 2), RejectReason("broken_row", "坏行", "broken", 1)]
    small.deliver("prk_snapshot", "brejects", [], day=date(2023, 6, 28), rejects=rejects)
    go(small)
    rows = failed_rows(SnapshotReader(home), batch_id="brejects")
    assert [(r.check_key, r.sample_number, r.sheet, r.row_number, r.file_name) for r in rows] == [
        ("reject.broken_row", 1, "Sheet1", 9, "lots.xlsx"),
        ("reject.out_of_range", 1, "Sheet1", 3, "lots.xlsx"),
        ("reject.out_of_range", 2, "Sheet1", 4, "lots.xlsx"),
    ]
    assert json.loads(rows[1].values_json or "") == {"lot_code": "P1", "plate": "***", "manager_phone": "***"}
    assert rows[0].values_json == "{}"


def test_a_reader_of_the_old_snapshot_in_this_process_goes_on(small: SmallDistrict) -> None:
    go(small)
    old = SnapshotReader(small.home)
    assert old.rows("SELECT count(*) AS n FROM indicator")[0]["n"] == 3
    small.deliver_uploads("bjune2", 49, 50, day=date(2023, 6, 29))
    go(small)
    assert read_indicator.series(old, "S15")[-1].value == 82.0
    assert read_indicator.series(SnapshotReader(small.home), "S15")[-1].value == 90.0


def test_the_published_file_is_read_only_and_documented(small: SmallDistrict) -> None:
    report = go(small)
    path = snapshot_path(small.home, report.snapshot_id)
    assert path.stat().st_mode & 0o222 == 0
    with duckdb.connect(str(path), read_only=True) as connection:
        undocumented = connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() "
            "WHERE schema_name = 'main' AND NOT internal AND comment IS NULL"
        ).fetchall()
    assert undocumented == []
