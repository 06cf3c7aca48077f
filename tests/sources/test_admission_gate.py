"""The verdict on a batch: what holds it, what is rejected, what is written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sources.contract.settings import Delivery
from tests.sources.admission_case import BATCH, admitted, check, entity, field, file_delivery, row_rule
from warehouse.home import Home

DATED = entity(
    field("id"), field("moment", "timestamp", required=True), field("n", "integer", minimum=0.0), period="moment"
)
CSV = file_delivery()


def test_raw_columns_partitions_and_order(tmp_path: Path) -> None:
    lines = ("3,2023-06-02 00:30:00,1", "1,2023-06-01 23:59:59,2", "2,2023-06-01 00:00:00,x", "4,2023-06-02 23:59:59,4")
    body = "\n".join(["id,moment,n", *lines, ""])
    case = admitted(tmp_path, DATED, CSV, body, generated_at=datetime(2023, 6, 2, tzinfo=UTC))
    parts = sorted(path.relative_to(case.workspace).as_posix() for path in (case.workspace / "rows").rglob("*.parquet"))
    assert parts == [f"rows/dt=2023-06-0{day}/batch={BATCH}/part-0.parquet" for day in (1, 2)]
    stored = pq.ParquetFile(case.workspace / parts[0])
    assert stored.schema_arrow.names == [
        "id",
        "moment",
        "n",
        "_batch_id",
        "_file",
        "_row",
        "_received_at",
        "_generated_at",
        "_batch_order",
        "_deleted",
    ]
    assert stored.metadata.row_group(0).column(0).compression == "ZSTD"
    assert case.rows("id, _row, dt, _generated_at, _batch_order, _batch_id", order="dt, _row") == [
        ("1", 3, date(2023, 6, 1), datetime(2023, 6, 2), 7, BATCH),
        ("3", 2, date(2023, 6, 2), datetime(2023, 6, 2), 7, BATCH),
        ("4", 5, date(2023, 6, 2), datetime(2023, 6, 2), 7, BATCH),
    ]
    assert dict(case.admission.partitions) == {date(2023, 6, 1): 1, date(2023, 6, 2): 2}
    assert dict(case.admission.rejected_partitions) == {date(2023, 6, 1): 1}


def test_same_bytes_give_the_same_files(tmp_path: Path) -> None:
    hashed = entity(field("id"), field("who", protection="pseudonymise"), field("moment", "timestamp"), period="moment")
    body = "id,who,moment\n" + "".join(f"{n},p{n % 7},2023-06-{1 + n % 3:02d} 08:00:00\n" for n in range(5000))
    home = Home(tmp_path / "home").prepare()
    first, second = (admitted(tmp_path, hashed, CSV, body, home=home) for _ in range(2))
    assert first.written_bytes() == second.written_bytes()
    assert [row for (row,) in first.rows("_row", order="dt, file_row_number")] == sorted(
        range(2, 5002), key=lambda row: ((row - 2) % 3, row)
    )


def test_undated_rows_take_the_day_of_the_delivery(tmp_path: Path) -> None:
    plain = entity(field("id"))
    assert dict(admitted(tmp_path, plain, CSV, "id\n1\n").admission.partitions) == {date(2023, 6, 1): 1}
    late_evening = datetime(2023, 6, 1, 17, tzinfo=UTC)  # 01:00 of the next day in the district
    undated = admitted(tmp_path, plain, CSV, "id\n1\n", period_start=None, received_at=late_evening)
    assert dict(undated.admission.partitions) == {date(2023, 6, 2): 1}


def test_row_without_a_day_is_rejected(tmp_path: Path) -> None:
    optional = entity(field("id"), field("day", "date"), period="day")
    case = admitted(tmp_path, optional, CSV, "id,day\n1,2023-06-01\n2,\n3,soon\n")
    assert case.rejects() == [(3, "no_period"), (4, "unreadable_value")]


def test_row_rules_see_typed_fields_and_nulls_pass(tmp_path: Path) -> None:
    ruled = entity(
        field("id"),
        field("n", "integer"),
        field("total", "integer"),
        row_rules=(row_rule("fits", "n BETWEEN 0 AND total"), row_rule("share", "100 * n / total < 50")),
    )
    case = admitted(tmp_path, ruled, CSV, "id,n,total\n1,1,4\n2,5,4\n3,,4\n4,x,4\n5,0,0\n")
    assert case.rejects() == [(3, "fits"), (3, "share"), (5, "unreadable_value")]
    assert [(reason.reason_code, reason.rows) for reason in case.admission.reject_reasons] == [
        ("fits", 1),
        ("unreadable_value", 1),
    ]
    assert case.admission.rows_rejected == 2


def test_reasons_name_field_place_and_value(tmp_path: Path) -> None:
    case = admitted(tmp_path, DATED, CSV, "id,moment,n\n1,2023-06-01,-5\n", names=["销售.csv"])
    assert case.rejects("_file, _sheet, _row, field, value, reason_zh, reason_en, values_json") == [
        (
            0,
            None,
            2,
            "n",
            "-5",
            "「n」小于下限 0；请核对",
            "n is below the minimum 0; look at it",
            '{"id":"1","moment":"2023-06-01","n":"-5"}',
        )
    ]


def test_expressions_constants_and_conditions(tmp_path: Path) -> None:
    mapped = entity(
        field("id", expression="upper(code)"),
        field("n", "integer", source_names=("count",)),
        field("kind", constant="x"),
        field("free", "integer"),
        field("never", source_names=()),
    )
    way = file_delivery(
        way={
            "where": "count <> '0'",
            "columns": {"n": "zahl"},
            "expressions": {"free": "CAST(count AS INTEGER) - CAST(zahl AS INTEGER)"},
        }
    )
    case = admitted(tmp_path, mapped, way, "code,count,zahl\na,5,2\nb,0,1\nc,x,1\n", rows_declared=3)
    assert case.rows("id, n, kind, free, never, _row") == [("A", 2, "x", 3, None, 2), ("C", 1, "x", None, None, 4)]
    assert (case.admission.status, case.admission.rows_read) == ("admitted", 2)


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_row_number_may_be_part_of_a_key(tmp_path: Path, form: str) -> None:
    lines = entity(field("id"), field("line", expression="_row"), key=("id", "line"))
    body = "id\na\na\n" if form == "csv" else '{"id": "a"}\n{"id": "a"}\n'
    case = admitted(tmp_path, lines, file_delivery(form), body)
    assert case.rows("id, line") == [("a", "1"), ("a", "2")]


def test_expression_that_fails_for_a_row_gives_no_value(tmp_path: Path) -> None:
    derived = entity(field("id"), field("n", "integer", required=True, expression="CAST(a AS INTEGER) * 1000000000"))
    case = admitted(tmp_path, derived, CSV, "id,a\n1,2\n2,x\n3,99999999999\n")
    assert case.rows("id, n") == [("1", 2000000000)]
    assert case.rejects() == [(3, "missing_value"), (4, "missing_value")]


def test_expression_that_does_not_bind_holds_the_batch(tmp_path: Path) -> None:
    derived = entity(field("id"), field("n", "integer", expression="list_sum(id, id, id)"))
    case = admitted(tmp_path, derived, CSV, "id\n1\n")
    assert case.admission.status == "held"
    assert "合同里的表达式" in (case.admission.reason_zh or "")


def test_tombstones_need_their_key_alone(tmp_path: Path) -> None:
    way = file_delivery(way={"operation_column": "op"})
    case = admitted(tmp_path, DATED, way, "id,moment,n,op\n1,2023-06-01 08:00:00,1,I\n2,,-3,D\n,,,D\n4,,,u\n")
    assert case.rows("id, _deleted, dt") == [("1", False, date(2023, 6, 1)), ("2", True, date(2023, 6, 1))]
    assert case.rejects() == [(4, "missing_value"), (5, "missing_value")]


@pytest.mark.parametrize(("limit", "status"), [(50.0, "admitted"), (49.0, "held")])
def test_too_many_rejected_rows_hold_the_batch_with_the_reasons(tmp_path: Path, limit: float, status: str) -> None:
    limited = entity(field("id"), field("n", "integer"), max_rejected_percent=limit)
    case = admitted(tmp_path, limited, CSV, "id,n\n1,1\n2,x\n")
    assert case.admission.status == status
    if status == "held":
        assert "2 行中 1 行（50.0%）不合格，超过上限 49%" in (case.admission.reason_zh or "")
        assert "「n」不是整数" in (case.admission.reason_zh or "")
    assert case.rows("id") == [("1",)]  # the rows are kept either way


def test_repeats_do_not_count_against_the_delivery(tmp_path: Path) -> None:
    strict = entity(field("id"), max_rejected_percent=0.0)
    assert admitted(tmp_path, strict, CSV, "id\n1\n1\n1\n").admission.status == "admitted"


def test_failed_blocking_check_holds_the_batch_and_keeps_failing_rows(tmp_path: Path) -> None:
    checks = (
        check("enough", {"row_count": {"threshold": {"must_be_greater_than": 5}}}),
        check("named", {"missing": {"threshold": {"must_be": 0}}}, column="name"),
        check("loose", {"row_count": {"threshold": {"must_be_greater_than": 9}}}, blocking=False),
    )
    checked = entity(field("id"), field("name"), checks=checks)
    case = admitted(tmp_path, checked, CSV, "id,name\n1,a\n2,\n")
    assert [(outcome.spec.key, outcome.outcome) for outcome in case.admission.checks] == [
        ("enough", "FAILED"),
        ("named", "FAILED"),
        ("loose", "FAILED"),
    ]
    assert case.admission.status == "held"
    assert "检查enough 2" in (case.admission.reason_zh or "")
    assert "检查loose" not in (case.admission.reason_zh or "")
    assert pq.read_table(case.workspace / "failed_rows" / "named.parquet").column("_row").to_pylist() == [3]


def test_checks_see_the_batch_and_nothing_else(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    reading = {"failed_rows": {"query": f"SELECT * FROM read_csv('{secret}')", "threshold": {"must_be": 0}}}
    inside = {"failed_rows": {"query": "SELECT * FROM _judged", "threshold": {"must_be": 0}}}
    checked = entity(field("id"), checks=(check("outside", reading), check("inside", inside)))
    case = admitted(tmp_path, checked, CSV, "id\n1\n")
    assert [outcome.outcome for outcome in case.admission.checks] == ["NOT_EVALUATED", "NOT_EVALUATED"]
    assert case.admission.status == "held"


def test_checks_have_a_part_of_the_memory_and_no_more(tmp_path: Path) -> None:
    # What DuckDB takes of itself is four fifths of the machine's memory.
    granted = (
        "CAST(regexp_extract(current_setting('memory_limit'), '^[0-9.]+') AS DOUBLE)"
        " * CASE WHEN current_setting('memory_limit') LIKE '%GiB' THEN 1024 ELSE 1 END"
    )
    bounded = {"metric": {"expression": f"MAX({granted})", "threshold": {"must_be_less_than": 512}}}
    checked = entity(field("id"), checks=(check("bounded", bounded),))
    case = admitted(tmp_path, checked, file_delivery(), "id\n1\n")
    assert [(one.outcome, one.measured) for one in case.admission.checks] == [("PASSED", pytest.approx(381.4))]


def test_rejected_rows_are_for_the_account_alone(tmp_path: Path) -> None:
    case = admitted(tmp_path, DATED, CSV, "id,moment,n\n1,2023-06-01,x\n")
    assert (case.workspace / "rejects.parquet").stat().st_mode & 0o077 == 0


def test_many_small_files_make_one_batch(tmp_path: Path) -> None:
    lines = [f'{{"id": "{n}-{m}"}}\n' for n in range(60) for m in range(3)]
    bodies = ["".join(lines[start : start + 3]) for start in range(0, 180, 3)]
    case = admitted(tmp_path, entity(field("id")), file_delivery("ndjson"), *bodies)
    assert case.rows("_file, _row, id") == [(n, m + 1, f"{n}-{m}") for n in range(60) for m in range(3)]


SQL = Delivery.model_validate({"server": "db", "sql": {"view": "v", "watermark": "cd_time"}})


def test_scratch_is_not_left_behind(tmp_path: Path) -> None:
    case = admitted(tmp_path, entity(field("id")), CSV, "id\n长宁\n".encode("gb18030"))
    assert [path.name for path in case.workspace.iterdir()] == ["rows"]
