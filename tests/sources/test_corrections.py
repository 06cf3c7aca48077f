"""Known errors of a provider: mended while the guard holds, reported when it does not, never beyond their rows."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.contract.correction import Correction
from sources.contract.corrections_file import CORRECTIONS_FILE
from sources.contract.loading import lint, load_feeds, read_feeds
from sources.intake import pull
from tests.sources.admission_case import Case, admitted, entity, field, file_delivery
from tests.sources.contract_example import contract, write_contract
from tests.sources.deliveries_example import deliver, loans, raw_rows
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.provenance.verify import verify

pytestmark = pytest.mark.slow

BEFORE = date(2023, 1, 1)


def correction(**more: Any) -> Correction:
    known: dict[str, Any] = {
        "name": "c1",
        "entity": "sale",
        "column": "amount",
        "expect_text": "9999",
        "expect": "9999",
        "right": "12.5",
        "reason_zh": "系统默认值",
        "reason_en": "a default of the system",
        "status": "in_force",
        "who": "数据科",
        "since": BEFORE,
        "until": None,
        "key": {"id": "a"},
    }
    return Correction(**(known | more))


def put_through(tmp_path: Path, text: str | bytes, *corrections: Correction, kind: str = "csv", **more: Any) -> Case:
    of = entity(
        field("id"),
        field("amount", "number", maximum=1000.0),
        field("kind", codes={"A": "A", "B": "B", "甲": "A"}),
        field("day", "date"),
        corrections=corrections,
    )
    return admitted(tmp_path, of, file_delivery(kind), text, names=["sales_1.csv"], **more)


CSV = "id,amount,kind,day\na,9999,A,2023-06-01\nb,9999,A,2023-06-01\nc,7,?,2023-06-01\n"


def outcomes(case: Case) -> list[tuple[str, str, int, int | None]]:
    return [(one.correction, one.outcome, one.rows, one.row_number) for one in case.admission.corrections]


def test_the_wrong_value_is_mended_before_it_is_judged_and_no_other_row_is_touched(tmp_path: Path) -> None:
    case = put_through(tmp_path, CSV, correction())
    assert case.rows("id, amount") == [("a", 12.5)]  # b keeps 9999, which is above the maximum
    assert case.rejects("_row, reason_code") == [(3, "above_maximum"), (4, "unknown_code")]
    assert outcomes(case) == [("c1", "applied", 1, 2)]
    told = case.admission.treatments
    assert [(one.code, one.treatment, one.column_name, one.rows, one.example) for one in told] == [
        ("provider_error_corrected", "repaired", "amount", 1, "sales_1.csv / 2")
    ]
    assert "c1（系统默认值）" in told[0].text_zh


@pytest.mark.parametrize(
    ("change", "amount", "outcome"),
    [
        ({"status": "proposed"}, None, "proposed"),
        ({"status": "mended", "until": date(2023, 6, 1)}, None, "returned"),
        ({"status": "in_force", "until": date(2023, 6, 1)}, None, "returned"),
        ({"status": "mended", "until": date(2023, 6, 2)}, 12.5, "applied"),  # received on the last day
        ({"status": "expired", "until": date(2023, 6, 2)}, 12.5, "applied"),
        ({"since": date(2023, 6, 3)}, None, None),
        ({"file": "sales_*.csv"}, 12.5, "applied"),
        ({"file": "other_*.csv"}, None, None),
        ({"right": None}, "missing", "applied"),
        ({"expect_text": "8888", "expect": "8888"}, None, "differs"),
        ({"expect_text": "8888", "expect": "8888", "right": "9999"}, None, "mended"),
    ],
)
def test_term_status_and_guard_decide(tmp_path: Path, change: dict[str, Any], amount: Any, outcome: str | None) -> None:
    case = put_through(tmp_path, CSV, correction(**change))
    expected = [("a", None if amount == "missing" else amount)] if amount is not None else []
    assert case.rows("id, amount") == expected
    assert [one.outcome for one in case.admission.corrections] == ([outcome] if outcome else [])


def test_what_cannot_be_read_as_the_type_is_recognised_by_its_text(tmp_path: Path) -> None:
    wrong_code = correction(column="kind", expect_text="?", expect=None, right="B", key={"id": "c"})
    wrong_day = correction(
        name="c2", column="day", expect_text="31.6.", expect=None, right="2023-06-30", key={"id": "d"}
    )
    empty = correction(name="c3", expect_text=None, expect=None, right="3", key={"id": "e"})
    placeholder = correction(
        name="c4", column="day", expect_text="1900-01-01", expect="1900-01-01", right="2023-06-05", key={"id": "f"}
    )
    text = CSV + "d,1,B,31.6.\ne,,甲,2023-06-02\nf,2,A,1900-01-01\n"
    case = put_through(tmp_path, text, wrong_code, wrong_day, empty, placeholder)
    assert case.rows("id, amount, kind, CAST(day AS VARCHAR)") == [
        ("c", 7.0, "B", "2023-06-01"),
        ("d", 1.0, "B", "2023-06-30"),
        ("e", 3.0, "A", "2023-06-02"),
        ("f", 2.0, "A", "2023-06-05"),
    ]


def test_a_row_is_named_by_file_and_number_also_past_blank_and_broken_lines(tmp_path: Path) -> None:
    text = "id,amount,kind,day\n\na,9999,A,2023-06-01\nbroken\na,9999,A,2023-06-02\nb,9999,A,2023-06-01\n"
    by_row = correction(key={}, file="sales_*.csv", row=5)
    case = put_through(tmp_path, text, by_row)
    assert outcomes(case) == [("c1", "applied", 1, 5)]
    assert case.rows("_row, id, amount") == [(5, "a", 12.5)]
    assert put_through(tmp_path, text, replace(by_row, row=4)).admission.corrections == ()


def test_a_row_of_a_sheet_is_named_by_its_number(tmp_path: Path) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("六月")
        for line, row in enumerate(
            [("id", "amount", "kind", "day"), ("a", 5, "A", "2023-06-01"), ("b", 9999, "A", "2023-06-01")]
        ):
            sheet.write_row(line, 0, row)
    case = put_through(
        tmp_path, content.getvalue(), correction(key={}, file="sales_1.csv", sheet="六月", row=3), kind="excel"
    )
    assert case.rows("_row, amount") == [(2, 5.0), (3, 12.5)]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 5)), min_size=1, max_size=12, unique_by=lambda row: row[0]
    ),
    st.sampled_from("abcd"),
    st.integers(0, 5),
    st.integers(6, 9),
)
def test_guard_only_rows_with_the_key_and_the_wrong_value_change(
    tmp_path_factory: pytest.TempPathFactory, delivered: list[tuple[str, int]], key: str, wrong: int, right: int
) -> None:
    text = "id,amount,kind,day\n" + "".join(f"{name},{value},A,2023-06-01\n" for name, value in delivered)
    meant = correction(key={"id": key}, expect=str(wrong), expect_text=str(wrong), right=str(right))
    case = put_through(tmp_path_factory.mktemp("guard"), text, meant)
    expected = [(name, float(right if (name, value) == (key, wrong) else value)) for name, value in delivered]
    assert case.rows("id, amount") == expected
    met = [(one.outcome, one.rows) for one in case.admission.corrections]
    of_key = [value for name, value in delivered if name == key]
    assert met == ([("applied" if of_key[0] == wrong else "differs", 1)] if of_key else [])


# --- the file --------------------------------------------------------------------------------------------------------

FEE = {
    "name": "fee-of-l2",
    "entity": "lib_loan",
    "key": {"loan_id": "L2"},
    "column": "fee",
    "expect": 1.5,
    "right": 2.25,
    "reason_zh": "收费系统未计滞纳金",
    "reason_en": "the till forgets the late fee",
    "status": "in_force",
    "who": "区文旅局 数据科",
    "since": "2023-01-01",
}


def write_corrections(feeds: Path, *entries: dict[str, Any]) -> Path:
    write_contract(feeds, contract())
    file = feeds / "library" / CORRECTIONS_FILE
    file.write_text(yaml.safe_dump({"corrections": list(entries)}, allow_unicode=True), encoding="utf-8")
    return file


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in FEE.items() if name != key}


@pytest.mark.parametrize(
    ("entry", "place", "says"),
    [
        (FEE | {"colour": "red"}, "corrections[fee-of-l2].colour", "未知的键"),
        (without("expect"), "corrections[fee-of-l2]", "缺少必填项"),
        (FEE | {"entity": "lib_reader"}, "corrections[fee-of-l2].entity", "合同没有报送 lib_reader"),
        (FEE | {"column": "fees"}, "corrections[fee-of-l2].column", "没有字段 fees"),
        (FEE | {"column": "reader_hash"}, "corrections[fee-of-l2].column", "个人信息"),
        (FEE | {"right": "much"}, "corrections[fee-of-l2].right", "有效值"),
        (FEE | {"right": 1.50}, "corrections[fee-of-l2].right", "没有可更正的"),
        (FEE | {"column": "kind", "expect": "?", "right": "comic"}, "corrections[fee-of-l2].right", "有效值"),
        (FEE | {"column": "loan_date", "expect": "x", "right": None}, "corrections[fee-of-l2].right", "必填"),
        (FEE | {"key": {"fee": 1}}, "corrections[fee-of-l2].key.fee", "不是 lib_loan 的主键字段"),
        (FEE | {"key": {"loan_id": 2}}, "corrections[fee-of-l2].key.loan_id", "编号请加引号"),
        (without("key"), "corrections[fee-of-l2]", "请写 key"),
        (without("key") | {"row": 3}, "corrections[fee-of-l2]", "就要写 file"),
        (FEE | {"status": "mended"}, "corrections[fee-of-l2]", "要写 until"),
        (FEE | {"until": "2022-01-01"}, "corrections[fee-of-l2].until", "早于 since"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_remedy(
    tmp_path: Path, entry: dict[str, Any], place: str, says: str
) -> None:
    file = write_corrections(tmp_path, entry)
    problems = lint(tmp_path / "library")
    assert [(problem.file, problem.place) for problem in problems] == [(file, place)]
    assert says in problems[0].zh
    assert problems[0].line is not None
    assert problems[0].en
    assert "library" not in read_feeds([tmp_path])[0]  # half a contract is none


def test_the_corrections_count_for_the_contract_hash(tmp_path: Path) -> None:
    write_contract(tmp_path, contract())
    plain = load_feeds([tmp_path])["library"]
    write_corrections(tmp_path, FEE)
    corrected = load_feeds([tmp_path])["library"]
    write_corrections(tmp_path, FEE | {"right": 2.5})
    changed = load_feeds([tmp_path])["library"]
    assert len({feed.contract_sha256 for feed in (plain, corrected, changed)}) == 3
    assert corrected.entities["lib_loan"].corrections[0].right == "2.25"


def test_a_corrected_batch_says_so_in_the_ledger_and_is_sealed_with_it(
    home: Home, ledger: Ledger, tmp_path: Path
) -> None:
    write_corrections(tmp_path, FEE)
    feed = load_feeds([tmp_path])["library"]
    deliver(tmp_path / "library" / "drop", "loans_20230601_1.csv", loans(1, 2))
    report = pull(feed, home, ledger, run_id="run-1")
    assert [batch.status for batch in report.batches] == ["admitted"]
    assert [row["fee"] for row in raw_rows(home)] == [Decimal("1.50"), Decimal("2.25")]
    kept = ledger.corrections(batch_ids=[report.batches[0].batch_id])
    assert [(one.correction, one.outcome, one.expected, one.corrected, one.row_number) for one in kept] == [
        ("fee-of-l2", "applied", "1.5", "2.25", 3)
    ]
    assert [one.code for one in ledger.treatments(report.batches[0].batch_id)] == ["provider_error_corrected"]
    assert verify(home, ledger).findings == ()
    with ledger._writing() as connection:
        connection.exec_driver_sql("UPDATE batch_correction SET corrected = '1.5'")
    (found,) = verify(home, ledger).findings
    assert report.batches[0].batch_id in found.en
