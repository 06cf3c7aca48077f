"""Workbooks as people make them: titles, merged headers, units, totals, notes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tests.sources.admission_case import admitted, entity, field, file_delivery

RETURN = entity(
    field("id", source_names=("平台代码",)),
    field("name", source_names=("平台名称",)),
    field("gmv", "number", unit="元", physical_type="decimal(18,2)", source_names=("本月平台交易额",)),
    field("orders", "integer", unit="笔", source_names=("订单数",)),
)


def workbook(
    rows: Sequence[Sequence[Any]],
    *,
    merged: Sequence[tuple[int, int, int, int]] = (),
    sheet: str = "月报",
    others: Sequence[str] = (),
) -> bytes:
    """An .xlsx with these cells (None: no cell); `merged` ranges are zero-based (row, column, to row, to column)."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        for name in others:
            book.add_worksheet(name)
        page = book.add_worksheet(sheet)
        formats = {
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if value is not None:
                    page.write(r, c, value, formats.get(type(value)))
        for top, left, bottom, right in merged:
            page.merge_range(top, left, bottom, right, rows[top][left])
    return file.getvalue()


HEADER = ["平台代码", "平台名称", "本月平台交易额", "订单数"]


def test_title_unit_row_totals_and_notes(tmp_path: Path) -> None:
    body = workbook(
        [
            ["2023年5月电子商务平台月报", None, None, None],
            [None, None, None, "单位：万元、笔"],
            HEADER,
            ["P01", "甲", 1234.5678, 10],
            ["P02", "乙", 0.1, 20],
            ["小计", None, 1234.6678, 30],
            HEADER,
            ["P03", "丙", "1,000", 30],
            ["合 计", None, 2234.6678, 60],
            [None, None, None, None],
            ["注：本表金额为含税口径", None, None, None],
            ["填表人：张三", None, "审核人：李四", "2023-06-05"],
        ],
        merged=[(0, 0, 0, 3)],
    )
    case = admitted(tmp_path, RETURN, file_delivery("excel"), body)
    assert case.rows("id, gmv, orders, _row") == [
        ("P01", Decimal("12345678.00"), 10, 4),
        ("P02", Decimal("1000.00"), 20, 5),
        ("P03", Decimal("10000000.00"), 30, 8),
    ]
    found = {done.code: done for done in case.admission.treatments}
    assert [(code, done.treatment, done.column_name, done.rows, done.example) for code, done in found.items()] == [
        ("number_format", "repaired", "gmv", 1, "file-0 / 月报 / 8"),
        ("remark_row", "repaired", "", 2, "file-0 / 月报 / 11"),
        ("repeated_header", "repaired", "", 1, "file-0 / 月报 / 7"),
        ("subtotal_row", "repaired", "", 2, "file-0 / 月报 / 6"),
        ("unit_converted", "repaired", "gmv", 3, "file-0 / 月报"),
    ]
    assert "乘以 10000" in found["unit_converted"].text_zh


@pytest.mark.parametrize(
    ("header", "unit_row"),
    [
        (["平台代码", "平台名称", "本月平台交易额（千元）", "订单数"], None),
        (["平台代码", "平台名称", "本月平台交易额\n(单位:千元)", "订单数"], None),
        (HEADER, [None, None, "（千元）", None]),
    ],
)
def test_unit_in_the_label_or_below_it(tmp_path: Path, header: list[str], unit_row: list[str | None] | None) -> None:
    body = workbook([header, *([unit_row] if unit_row else []), ["P01", "甲", 1.5, 7]])
    assert admitted(tmp_path, RETURN, file_delivery("excel"), body).rows("gmv, orders") == [(Decimal("1500.00"), 7)]


@pytest.mark.parametrize(
    ("note", "factor", "gmv"), [("单位：万元", 100, 20_000.0), ("单位：元", 10_000, 2.0), ("", 100, 200.0)]
)
def test_the_unit_that_the_sheet_states_wins_over_the_agreed_factor(
    tmp_path: Path, note: str, factor: int, gmv: float
) -> None:
    fixed = entity(
        field("id", source_names=("平台代码",)),
        field("gmv", "number", unit="元", factor=factor, source_names=("交易额",)),
    )
    case = admitted(tmp_path, fixed, file_delivery("excel"), workbook([[note], ["平台代码", "交易额"], ["P01", 2]]))
    assert case.rows("gmv") == [(gmv,)]
    assert [done.code for done in case.admission.treatments] == (["unit_converted"] if note else [])


def test_the_agreed_unit_in_the_sheet_is_no_conversion(tmp_path: Path) -> None:
    fixed = entity(
        field("id", source_names=("平台代码",)),
        field("gmv", "number", unit="元", factor=10_000, source_names=("交易额",)),
    )
    body = workbook([["单位：万元"], ["平台代码", "交易额"], ["P01", 2]])
    case = admitted(tmp_path, fixed, file_delivery("excel"), body)
    assert (case.rows("gmv"), case.admission.treatments) == ([(20_000.0,)], ())


def test_header_of_two_rows_with_merged_groups(tmp_path: Path) -> None:
    grouped = entity(
        field("id", source_names=("平台代码",)),
        field("month", "number", source_names=("交易额/本月",)),
        field("year", "number", source_names=("交易额累计",)),
        field("orders", "integer", source_names=("订单数-本月",)),
    )
    body = workbook(
        [
            ["表一", None, None, None],
            ["平台代码", "交易额", None, "订单数"],
            [None, "本月", "累计", "本月"],
            ["P01", 1, 2, 3],
        ],
        merged=[(1, 0, 2, 0), (1, 1, 1, 2)],
    )
    assert admitted(tmp_path, grouped, file_delivery("excel"), body).rows("id, month, year, orders, _row") == [
        ("P01", 1.0, 2.0, 3, 4)
    ]


def test_cells_become_the_text_that_people_see(tmp_path: Path) -> None:
    typed = entity(
        field("id"), field("day", "date"), field("moment", "timestamp"), field("serial", "date", formats=("excel",)),
        field("yes", "boolean"), field("code"), field("share", "number"),
    )  # fmt: skip
    body = workbook(
        [
            ["id", "day", "moment", "serial", "yes", "code", "share"],
            [1, date(2023, 6, 1), datetime(2023, 6, 1, 8, 30), 45078, True, 201.0, "12.5%"],
            ["2", "2023-06-02", "2023-06-01 08:30", "2023-06-02", "否", "007", 0.125],
        ]
    )
    case = admitted(tmp_path, typed, file_delivery("excel"), body)
    assert case.rows("id, day, moment, serial, yes, code, share") == [
        ("1", date(2023, 6, 1), datetime(2023, 6, 1, 0, 30), date(2023, 6, 1), True, "201", 0.125),
        ("2", date(2023, 6, 2), datetime(2023, 6, 1, 0, 30), date(2023, 6, 2), False, "007", 0.125),
    ]


def test_key_that_lost_digits_is_rejected(tmp_path: Path) -> None:
    case = admitted(tmp_path, RETURN, file_delivery("excel"), workbook([HEADER, [310105199001011234.0, "甲", 1, 1]]))
    assert case.rejects("reason_code, field") == [("lost_digits", "id")]
    assert "设为文本" in case.rejects("reason_zh")[0][0]


def test_sheet_by_name(tmp_path: Path) -> None:
    body = workbook([HEADER, ["P01", "甲", 1, 1]], others=["封面"])
    assert admitted(tmp_path, RETURN, file_delivery("excel", sheet="月报"), body).admission.rows_admitted == 1
    missing = admitted(tmp_path, RETURN, file_delivery("excel", sheet="年报"), body)
    assert missing.admission.status == "held"
    assert "没有名为“年报”的工作表；现有：封面、月报" in (missing.admission.reason_zh or "")


def test_sheet_without_our_header_is_held_with_the_labels(tmp_path: Path) -> None:
    case = admitted(tmp_path, RETURN, file_delivery("excel"), workbook([["a", "b"], [1, 2]]))
    assert case.admission.status == "held"
    assert "平台代码、平台名称" in (case.admission.reason_zh or "")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html><body><table><tr><td>1</td></tr></table></body></html>", "网页"),
        (workbook([HEADER])[:3000], "不是完整的"),
        (b"", "不是完整的 Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, "不是完整的 Excel"),
    ],
)
def test_what_is_no_workbook_is_held(tmp_path: Path, body: bytes, words: str) -> None:
    case = admitted(tmp_path, RETURN, file_delivery("excel"), body, names=["月报.xls"])
    assert case.admission.status == "held"
    assert words in (case.admission.reason_zh or "")
    assert "月报.xls" in (case.admission.reason_zh or "")


def test_single_data_row_is_no_note(tmp_path: Path) -> None:
    body = workbook([HEADER, ["P01", None, None, 1]])
    assert admitted(tmp_path, RETURN, file_delivery("excel"), body).rows("id, orders") == [("P01", 1)]


def test_a_sheet_a_month(tmp_path: Path) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        for name, rows in {
            "2023-05": [["代码", "数"], ["A", 1]],
            "说明": [["无表"]],
            "2023-06": [["代码", "数"], ["A", 2]],
        }.items():
            page = book.add_worksheet(name)
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)
    of = entity(
        field("id", source_names=("代码",)),
        field("month", "date", expression="_sheet", formats=("month",)),
        field("v", "integer", source_names=("数",)),
        key=("id", "month"),
    )
    case = admitted(tmp_path, of, file_delivery("excel", sheet="*"), file.getvalue())
    assert case.rows("month::VARCHAR, v, _row") == [("2023-05-01", 1, 2), ("2023-06-01", 2, 2)]
    [note] = [note for note in case.admission.treatments if note.code == "sheet_without_table"]
    assert note.example == "file-0 / 说明"
    missing = admitted(tmp_path, of, file_delivery("excel", sheet="2022*"), file.getvalue())
    assert "has no sheet '2022*'; it has: 2023-05, 说明, 2023-06" in (missing.admission.reason_en or "")


def test_a_row_that_begins_like_a_remark_is_none(tmp_path: Path) -> None:
    body = workbook([HEADER, ["Notes Park", "甲", 1, 1], ["Source-Seine", "乙", 2, 2], ["Source: ONS", None, None, 1]])
    case = admitted(tmp_path, RETURN, file_delivery("excel"), body)
    assert case.rows("id") == [("Notes Park",), ("Source-Seine",)]


def test_totals_in_the_words_of_the_contract(tmp_path: Path) -> None:
    body = workbook([HEADER, ["P01", "甲", 1, 1], ["Total", None, 1, 1]])
    case = admitted(tmp_path, RETURN, file_delivery("excel", total_words=["Total"]), body)
    assert case.rows("id") == [("P01",)]


def test_a_unit_of_the_sheet_reaches_fields_in_other_money_units(tmp_path: Path) -> None:
    of = entity(field("id"), field("v", "number", unit="万元"))
    assert admitted(tmp_path / "a", of, file_delivery("excel"), workbook([["id", "v（亿元）"], ["1", 2]])).rows(
        "v"
    ) == [(20_000,)]
    noted = workbook([["单位：元", None], ["id", "v"], ["1", 15_000]])
    assert admitted(tmp_path / "b", of, file_delivery("excel"), noted).rows("v") == [(1.5,)]


def test_cells_merged_downwards_hold_for_each_row_but_numbers_do_not(tmp_path: Path) -> None:
    of = entity(field("id"), field("region"), field("year", "integer"), field("n", "integer"))
    body = workbook(
        [["region", "year", "id", "n"], ["东区", 2022, "1", 7], [None, None, "2", None], ["西区", 2023, "3", 9]],
        merged=[(1, 0, 2, 0), (1, 1, 2, 1), (1, 3, 2, 3)],
    )
    case = admitted(tmp_path, of, file_delivery("excel"), body)
    assert case.rows("id, region, year, n") == [
        ("1", "东区", 2022, 7),
        ("2", "东区", 2022, None),
        ("3", "西区", 2023, 9),
    ]
    assert [one.rows for one in case.admission.treatments if one.code == "merged_cells"] == [1]


def test_last_rows_that_begin_like_remarks_are_rows(tmp_path: Path) -> None:
    of = entity(field("id"), field("a", "integer"), field("b", "integer"))
    rows: list[list[Any]] = [["id", "a", "b"], ["x", 1, 2], ["注册企业数", 3, 4], ["联系人数", 5, 6], ["Source", 7, 8]]
    notes: list[list[Any]] = [
        ["填表人：张三", "审核人：李四", None],
        ["注 本表不含农业", None, None],
        ["Source: office", None, None],
    ]
    case = admitted(tmp_path, of, file_delivery("excel"), workbook([*rows, *notes]))
    assert case.rows("id, a", "a") == [("x", 1), ("注册企业数", 3), ("联系人数", 5), ("Source", 7)]
    assert case.rejects() == []


def test_a_number_too_long_for_a_spreadsheet_is_no_key(tmp_path: Path) -> None:
    body = workbook([["id", "name"], [1234567890123456, "x"], [123, "y"]])
    case = admitted(tmp_path, entity(field("id"), field("name")), file_delivery("excel"), body)
    assert case.rows("id") == [("123",)]
    assert len(case.rejects()) == 1
