"""Publishing: what a snapshot holds, and who may read it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.warehouse.ledger_rows import check_result
from tests.warehouse.small_district import AS_OF, SmallDistrict
from tests.warehouse.small_publications import APRIL, FACT, MAY, go
from warehouse.home import Home
from warehouse.ledger import Ledger, RejectReason
from warehouse.publish.compare import differences
from warehouse.publish.switch import snapshot_path
from warehouse.read import SnapshotReader
from warehouse.read import indicator as read_indicator
from warehouse.read.feeds import failed_rows

pytestmark = pytest.mark.slow


@pytest.fixture
def small(home: Home, ledger: Ledger) -> SmallDistrict:
    district = SmallDistrict(home, ledger)
    district.deliver_all()
    return district


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
