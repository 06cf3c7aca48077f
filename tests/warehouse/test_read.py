"""Reading snapshots: typed answers, nothing published, many readers while snapshots switch."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pytest

from tests.snapshot_deliveries import AS_OF
from tests.snapshot_fixture import build_snapshot
from warehouse.home import Home
from warehouse.publish.tables import TABLES
from warehouse.read import NothingPublished, SnapshotReader, UnknownSnapshot, feeds, indicator, lineage, overview
from warehouse.read.publications import publications

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> SnapshotReader:
    home = Home(tmp_path_factory.mktemp("home"))
    build_snapshot(home)
    return SnapshotReader(home)


def test_nothing_published_says_what_to_do(home: Home) -> None:
    with pytest.raises(NothingPublished) as nothing:
        SnapshotReader(home)
    assert "make demo" in nothing.value.zh
    assert "make demo" in nothing.value.en


@pytest.mark.parametrize("name", ["s99999-20230630", "../ledger", "/etc/passwd", "..", ""])
def test_an_unknown_or_foreign_snapshot_is_refused(home: Home, name: str) -> None:
    build_snapshot(home)
    with pytest.raises(UnknownSnapshot):
        SnapshotReader(home, name)


def test_the_connection_can_neither_write_nor_leave_the_file(reader: SnapshotReader) -> None:
    for statement in (
        "DELETE FROM indicator",
        "COPY indicator TO 'stolen.csv'",
        "SELECT * FROM read_text('/etc/passwd')",
    ):
        with pytest.raises(Exception, match=r"(?i)read-only|disabled|not allowed|permission"):
            reader.rows(statement)


def test_every_public_table_has_its_columns(reader: SnapshotReader) -> None:
    for table in TABLES.values():
        columns = [row["column_name"] for row in reader.rows(f"DESCRIBE {table.name}")]
        assert columns == [column.name for column in table.columns]


def test_overview_is_sorted_by_domain_tier_and_urgency(reader: SnapshotReader) -> None:
    rows = overview.overview(reader)
    assert len(rows) == 20
    assert [row.domain for row in rows] == sorted(
        (row.domain for row in rows), key=["economy", "life", "governance", "base"].index
    )
    counts = overview.count_by_status(rows)
    assert counts.total == 20
    assert counts.assessable == sum(row.status in overview.JUDGED for row in rows)
    assert sum(counts.by_status.values()) == 20
    s15 = next(row for row in rows if row.indicator_code == "S15")
    assert s15.trend_values == [80.1, 80.9, 81.2, 81.6, 81.9, 82.0]
    assert s15.trend_ends[-1] == AS_OF
    assert {row.value for row in rows if row.status == "undefined"} == {None}


def test_overview_of_another_day_and_of_one_domain(reader: SnapshotReader) -> None:
    rows = overview.overview(reader, as_of=date(2023, 4, 15), domain="life", tier="headline")
    assert {row.indicator_code: (row.value, row.period_end) for row in rows} == {
        "L01": (5, date(2023, 3, 31)),
        "L02": (5, date(2023, 3, 31)),
    }
    assert {row.as_of for row in rows} == {date(2023, 4, 15)}


def test_status_of_the_snapshots_day_is_the_macro_of_that_day(reader: SnapshotReader) -> None:
    stored = reader.rows("SELECT * FROM indicator_status ORDER BY indicator_code")
    assert reader.rows("SELECT * FROM indicator_status_at(?) ORDER BY indicator_code", [AS_OF]) == stored


def test_indicator_in_depth(reader: SnapshotReader) -> None:
    what = indicator.definition(reader, "HSP01")
    assert (what.name_zh, what.department_zh) == ("检验报告上传率", "区卫健委")
    assert what.milestones == [{"date": date(2023, 12, 31), "value": 90.0}]
    assert [o.value for o in indicator.series(reader, "S14", until=date(2023, 2, 28))] == [110, 112]
    areas = indicator.by_subdistrict(reader, "S14")
    assert (areas[0].name_zh, len(areas)) == ("华阳路街道", 5)
    assert indicator.by_subdistrict(reader, "PRK03") == []
    assert indicator.period_types(reader, "S21") == ["year"]
    (revised,) = indicator.revisions(reader, "S15", changed_only=True)
    assert (revised.previous_value, revised.value, revised.reason_class) == (81.4, 81.9, "better_source")
    assert {e.batch_id for e in indicator.evidence(reader, "S15")} == {"bprk_lot01", "bprk_snapshot01"}
    assert indicator.evidence(reader, "N01") == []
    with pytest.raises(indicator.UnknownIndicator, match="S99"):
        indicator.definition(reader, "S99")


def test_feeds_of_a_department(reader: SnapshotReader) -> None:
    department = "construction_commission"
    assert [d.department_code for d in feeds.departments(reader)][-1] != department  # it has an overdue feed
    states = {f.entity: f.state for f in feeds.freshness(reader, department=department)}
    assert states == {"prk_snapshot": "late", "prk_event": "on_time", "prk_lot": "on_time"}
    lots = feeds.freshness(reader, feed="parking", entity="prk_lot")[0]
    assert lots.indicators == ["S14", "S15", "S17"]
    results = feeds.checks(reader, department=department)
    assert [r.outcome for r in results][:1] == ["FAILED"]
    assert {r.entity for r in results} == set(states)
    scores = feeds.dimensions(reader, department=department)
    assert sum(s.total for s in scores) == len(results)
    assert sum(s.failed for s in scores) == 1
    held = feeds.batches(reader, department=department, status="held")
    assert [b.batch_id for b in held] == ["bprk_event03"]
    assert feeds.checks_of_batch(reader, "bprk_event03")[0].outcome == "FAILED"
    found = feeds.batch(reader, "bprk_event03")
    assert found is not None
    assert found.reason_zh
    assert feeds.batch(reader, "none") is None
    rows = feeds.failed_rows(reader, feed="parking", check_key="reject.out_of_range")
    assert [row.sample_number for row in rows] == [1, 2, 3, 4, 5]
    table = feeds.failed_rows_table(reader, department=department)
    assert table.num_rows == 8
    assert "label_zh" in table.column_names


def test_checks_without_a_filter_include_those_of_published_tables(reader: SnapshotReader) -> None:
    assert {r.scope for r in feeds.checks(reader)} == {"feed", "published"}
    assert {r.scope for r in feeds.checks(reader, feed="parking")} == {"feed"}


def test_lineage_in_both_directions(reader: SnapshotReader) -> None:
    graph = lineage.of_indicator(reader, "S15")
    assert [node.kind for node in graph.nodes] == [
        "department", "feed", "entity", "entity", "staging", "staging", "conformed", "model", "indicator",
    ]  # fmt: skip
    assert {node.freshness for node in graph.nodes if node.kind == "entity"} == {"on_time", "late"}
    assert [node.level for node in graph.nodes] == sorted(node.level for node in graph.nodes)
    reached = {node.node for node in lineage.of_entity(reader, "parking", "prk_lot").nodes if node.kind == "indicator"}
    assert reached == {"indicator.S14", "indicator.S15", "indicator.S17"}
    assert lineage.of_indicator(reader, "N01").nodes == ()


def test_earlier_snapshots_can_be_read(home: Home) -> None:
    build_snapshot(home, number=1)
    build_snapshot(home, number=2)
    current = SnapshotReader(home)
    assert [p.number for p in publications(current)] == [2, 1]
    old = SnapshotReader(home, publications(current)[-1].snapshot_id)
    assert overview.snapshot_info(old).number == 1


def test_twenty_readers_while_snapshots_switch_see_only_whole_ones(home: Home) -> None:
    """Each answer belongs to one publication: number, as-of day and publication list all agree."""
    build_snapshot(home, number=1)
    done = threading.Event()
    failures: list[str] = []
    seen: set[int] = set()
    rounds = [0] * 20

    def read(place: int) -> None:
        while not done.wait(0.2):  # twenty that never rest would leave no core to publish with
            try:
                reader = SnapshotReader(home)
                info = overview.snapshot_info(reader)
                rows = overview.overview(reader)
                listed = publications(reader)
                if (len(rows), listed[0].number, reader.snapshot_id) != (20, info.number, info.snapshot_id):
                    failures.append(f"{reader.snapshot_id}: {len(rows)} rows, {listed[0].number}, {info.number}")
                seen.add(info.number)
                rounds[place] += 1
            except Exception as error:  # noqa: BLE001  every failure of a reader counts
                failures.append(repr(error))

    threads = [threading.Thread(target=read, args=(place,)) for place in range(20)]
    for thread in threads:
        thread.start()
    for number in range(2, 5):
        build_snapshot(home, number=number)
    before = list(rounds)
    while any(now < earlier + 2 for now, earlier in zip(rounds, before, strict=True)):  # each comes round twice more
        threading.Event().wait(0.05)
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert max(seen) == 4


def test_a_home_that_was_moved_is_still_read(home: Home, tmp_path: Path) -> None:
    build_snapshot(home)
    moved = tmp_path / "moved"
    home.root.rename(moved)
    assert overview.snapshot_info(SnapshotReader(Home(moved))).number == 1
