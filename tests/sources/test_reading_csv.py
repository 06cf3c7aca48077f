"""CSV as departments write it: encodings, ragged and blank lines, cut ends, true row numbers."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.admission_case import admitted, entity, field, file_delivery
from tests.sources.test_reading_excel import workbook

TWO = entity(field("id"), field("name"))


@pytest.mark.parametrize(
    ("encoding", "detected"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_give_the_same_rows(
    tmp_path: Path, encoding: str, detected: str, line_end: str
) -> None:
    text = line_end.join(["id,name", "1,长宁区", "2,天山路街道", ""])
    case = admitted(tmp_path, TWO, file_delivery(encoding="utf-8"), text.encode(encoding))
    assert case.rows("id, name, _row") == [("1", "长宁区", 2), ("2", "天山路街道", 3)]
    assert case.admission.encoding_detected == detected


def test_gb18030_deep_in_a_file_that_begins_and_ends_in_ascii(tmp_path: Path) -> None:
    lines = [f"{n},plain" for n in range(9000)]
    lines[4500] = "4500,程家桥"
    body = "\n".join(["id,name", *lines, ""]).encode("gb18030")
    case = admitted(tmp_path, TWO, file_delivery(), body)
    assert case.admission.encoding_detected == "gb18030"
    assert case.admission.rows_admitted == 9000
    assert case.rows("name, _row", order="_row")[4500] == ("程家桥", 4502)


def test_bytes_of_no_encoding_are_held_with_the_remedy(tmp_path: Path) -> None:
    case = admitted(tmp_path, TWO, file_delivery(), b"id,name\n1,\xff\xfe\xff\x80\x81\n")
    assert case.admission.status == "held"
    assert "编码" in (case.admission.reason_zh or "")
    assert "file-0" in (case.admission.reason_en or "")


@pytest.mark.parametrize("form", ["csv", "ndjson"])
@pytest.mark.parametrize("lines", [40, 9000])
def test_a_damaged_line_is_rejected_and_the_rest_goes_on(tmp_path: Path, form: str, lines: int) -> None:
    rows = [f"{n},长宁" if form == "csv" else f'{{"id": "{n}", "name": "长宁"}}' for n in range(lines)]
    body = [row.encode() for row in (["id,name", *rows] if form == "csv" else rows)]
    body[lines // 2] = body[lines // 2].replace("长".encode(), b"\xff\xfe")
    case = admitted(tmp_path, TWO, file_delivery(form), b"\n".join([*body, b""]))
    assert case.rejects() == [(lines // 2 + 1, "undecodable")]
    assert (case.admission.rows_admitted, case.admission.encoding_detected) == (lines - 1, "utf-8")


def test_ragged_lines_are_rejected_with_the_row_that_a_person_finds(tmp_path: Path) -> None:
    body = 'id,name\n1,a\n2\n\n3,c,x\n4,"d\nd"\n5,e"f\n6,"g"h,\n7,h\n'
    case = admitted(tmp_path, TWO, file_delivery(), body)
    assert case.rejects() == [(3, "too_few_columns"), (5, "too_many_columns"), (8, "broken_quotes")]
    assert case.rows("id, _row") == [("1", 2), ("4", 6), ("5", 7), ("7", 9)]
    assert (case.admission.rows_read, case.admission.rows_admitted, case.admission.rows_rejected) == (7, 4, 3)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_an_empty_field_too_many_shows_a_row_that_is_shifted(tmp_path: Path, line_end: str) -> None:
    of = entity(field("id"), field("name"), field("note"))
    lines = ["id,name,note", "1,a,", '2,"b', 'b",c,', "", '3,d,"",""', "4,e,e,,", "5,f,g"]
    case = admitted(tmp_path, of, file_delivery(), line_end.join([*lines, ""]))
    assert case.rejects() == [(3, "too_many_columns"), (5, "too_many_columns"), (6, "too_many_columns")]
    assert case.rejects("value") == [("4 / 3",), ("4 / 3",), ("5 / 3",)]
    assert case.rows("id, note, _row") == [("1", None, 2), ("5", "g", 7)]


def test_a_separator_at_the_end_of_every_line_is_how_the_exporter_writes(tmp_path: Path) -> None:
    case = admitted(tmp_path, TWO, file_delivery(), "id,name\n1,a,\n2,,\n3,c,")
    assert case.rows("id, name, _row") == [("1", "a", 2), ("2", None, 3), ("3", "c", 4)]
    assert case.rejects() == []


def test_row_numbers_hold_across_the_blocks_of_a_large_file(tmp_path: Path) -> None:
    lines = ["" if n % 977 == 0 else f"{n}" if n % 1009 == 0 else f"{n},{'x' * (n % 90)}" for n in range(60_000)]
    case = admitted(tmp_path, TWO, file_delivery(), "id,name\n" + "\n".join(lines) + "\n")
    numbered = case.rows("id::INTEGER, _row", order="_row")
    assert len(numbered) == sum(1 for line in lines if "," in line)
    assert all(row == number + 2 for number, row in numbered)
    expected = [n + 2 for n, line in enumerate(lines) if line and "," not in line]
    assert [row for row, _ in case.rejects()] == expected


def test_cut_last_line_holds_the_delivery(tmp_path: Path) -> None:
    case = admitted(tmp_path, TWO, file_delivery(), "id,name\n1,a\n2")
    assert case.admission.status == "held"
    assert "不完整" in (case.admission.reason_zh or "")
    assert "last line (3)" in (case.admission.reason_en or "")


def test_missing_line_end_of_a_whole_last_line_is_fine(tmp_path: Path) -> None:
    assert admitted(tmp_path, TWO, file_delivery(), "id,name\n1,a\n2,b").admission.rows_admitted == 2


def test_unclosed_quote_holds_the_delivery_and_names_the_line(tmp_path: Path) -> None:
    case = admitted(tmp_path, TWO, file_delivery(), 'id,name\n1,a\n2,"b\n3,c\n4,d\n')
    assert case.admission.status == "held"
    assert "第 3 行" in (case.admission.reason_zh or "")


def test_lines_before_the_header_are_skipped_and_counted(tmp_path: Path) -> None:
    body = "导出时间 2023-06-01\n\n\nid;name\n1;a\n2\n"
    case = admitted(tmp_path, TWO, file_delivery(skip_rows=1, delimiter=";"), body)
    assert case.rows("id, _row") == [("1", 5)]
    assert case.rejects() == [(6, "too_few_columns")]


def test_columns_by_position(tmp_path: Path) -> None:
    by_place = entity(field("id", source_names=("column2",)), field("name", source_names=("column1",)))
    case = admitted(tmp_path, by_place, file_delivery(header=False), "a,1\nb,2\n")
    assert case.rows("id, name, _row") == [("1", "a", 1), ("2", "b", 2)]


def test_files_of_one_batch_may_have_their_own_headers(tmp_path: Path) -> None:
    renamed = entity(field("id", source_names=("id", "编号")), field("name", source_names=("名称", "name")))
    case = admitted(tmp_path, renamed, file_delivery(), "id,name\n1,a\n", "名称,编号\nb,2\n", "id,name\n3,c\n4\n5,e\n")
    assert case.rows("_file, id, name, _row") == [
        (0, "1", "a", 2),
        (1, "2", "b", 2),
        (2, "3", "c", 2),
        (2, "5", "e", 4),
    ]
    assert case.rejects("_file, _row") == [(2, 3)]


def test_header_labels_are_compared_without_spaces_width_and_unit(tmp_path: Path) -> None:
    labelled = entity(
        field("id", source_names=("编号(备案)",)), field("name", "number", unit="元", source_names=("交易额",))
    )
    case = admitted(tmp_path, labelled, file_delivery(), "\ufeff 编号（备案） ,交易额（万元）\n1,1.5\n")
    assert case.rows("id, name") == [("1", 15000.0)]


def test_drifted_header_is_held_with_both_lists_and_extra_columns_are_noted(tmp_path: Path) -> None:
    drifted = admitted(tmp_path, TWO, file_delivery(), "ident,name\n1,a\n")
    assert drifted.admission.status == "held"
    for text in ("ident、name", "id、name", "synonyms"):
        assert text in (drifted.admission.reason_zh or "")
    wider = admitted(tmp_path, TWO, file_delivery(), "id,name,备注\n1,a,x\n")
    assert wider.admission.status == "admitted"
    seen = wider.admission.treatments[0]
    assert (seen.code, seen.treatment, seen.rows) == ("extra_column", "flagged", 1)
    assert "备注" in seen.text_zh


def test_missing_optional_column_is_null(tmp_path: Path) -> None:
    assert admitted(tmp_path, TWO, file_delivery(), "id\n1\n").rows("id, name") == [("1", None)]


@pytest.mark.parametrize(
    ("body", "mode", "status"),
    [("", "delta", "held"), ("id,name\n", "delta", "admitted"), ("id,name\n", "full", "held")],
)
def test_empty_deliveries(tmp_path: Path, body: str, mode: str, status: str) -> None:
    case = admitted(tmp_path, TWO, file_delivery(), body, mode=mode)
    assert case.admission.status == status
    assert case.admission.rows_read == 0
    assert dict(case.admission.partitions) == {}


VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r", exclude_categories=("Cs",)), max_size=12)


@settings(max_examples=12, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=30))
def test_any_text_survives_the_way_through_a_quoted_csv(
    tmp_path_factory: pytest.TempPathFactory, values: list[str]
) -> None:
    verbatim = entity(field("id", "integer"), field("name", normalise=False))
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([["id", "name"], *enumerate(values)])
    case = admitted(tmp_path_factory.mktemp("csv"), verbatim, file_delivery(), text.getvalue())
    assert case.rows("name", order="id") == [(value or None,) for value in values]


def test_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    of = entity(field("id"), field("a", source_names=("v",)), field("b", source_names=("v_2",)))
    assert admitted(tmp_path, of, file_delivery(), "id,v,v\n1,x,y\n").rows("a, b") == [("x", "y")]


def test_remarks_below_the_table_end_it(tmp_path: Path) -> None:
    body = 'id,name\n1,a\n2,b\n\nSource: ONS\n"Notes, unclosed\n'
    case = admitted(tmp_path, TWO, file_delivery(ends_before=r"^(Source|Notes?)\b|^\s*$"), body)
    assert case.rows("id, _row") == [("1", 2), ("2", 3)]
    [note] = [note for note in case.admission.treatments if note.code == "remark_row"]
    assert (note.rows, note.example) == (3, "file-0 / 4")


def test_another_quote_and_none(tmp_path: Path) -> None:
    assert admitted(tmp_path, TWO, file_delivery(quote="'"), "id,name\n'1,2',x\n").rows("id, name") == [("1,2", "x")]
    assert admitted(tmp_path, TWO, file_delivery(quote=""), 'id,name\n1,5" pipe\n').rows("id, name") == [
        ("1", '5" pipe')
    ]


@pytest.mark.parametrize("delimiter", ["\t", "\\t", "tab"])
def test_a_tab_however_it_is_written(tmp_path: Path, delimiter: str) -> None:
    assert admitted(tmp_path, TWO, file_delivery(delimiter=delimiter), "id\tname\n1\tx\n").rows("id, name") == [
        ("1", "x")
    ]


def test_rows_know_their_file(tmp_path: Path) -> None:
    of = entity(field("id"), field("station", expression="split_part(_file_name, '/', 1)"))
    case = admitted(tmp_path, of, file_delivery(), "id\n1\n", "id\n2\n", names=["A/x.csv", "B/x.csv"])
    assert case.rows("id, station") == [("1", "A"), ("2", "B")]
    assert case.admission.treatments == ()


def test_decimal_commas(tmp_path: Path) -> None:
    of = entity(field("id"), field("v", "number", null_words=("n.a.",)), field("n", "integer"))
    body = "id;v;n\n1;1,5;1.234\n2;1.234,5;2\n3;-0,5;3\n4;n.a.;4\n5;1 234,5;5\n6;1234.5;6\n"
    case = admitted(tmp_path, of, file_delivery(way={"decimal": ","}, delimiter=";"), body)
    assert case.rows("v, n") == [(1.5, 1234), (1234.5, 2), (-0.5, 3), (None, 4), (1234.5, 5)]
    assert case.rejects("_row, reason_code, values_json::VARCHAR") == [
        (7, "unreadable_value", '{"id":"6","v":"1234.5","n":"6"}')
    ]


@pytest.mark.parametrize("form", [{}, {"encoding": "utf-8"}, {"encoding": "windows-1252"}])
def test_one_line_of_another_encoding_does_not_change_the_others(tmp_path: Path, form: dict[str, str]) -> None:
    rows = [f"{n},Café Zürich".encode() for n in range(30)]
    body = b"\n".join([b"id,name", *rows, "30,Orléans".encode("latin-1"), b""])
    case = admitted(tmp_path, TWO, file_delivery(**form), body)
    assert case.rows("DISTINCT name") == [("Café Zürich",)]
    assert case.rejects() == [(32, "undecodable")]


@pytest.mark.parametrize("kind", ["excel", "json"])
def test_a_decimal_comma_leaves_native_numbers_alone(tmp_path: Path, kind: str) -> None:
    of = entity(field("id"), field("v", "number"))
    rows = [["1", 1.234], ["2", "1,5"], ["3", "1.234,5"], ["4", "1.234.567"], ["5", 7]]
    body: str | bytes = workbook([["id", "v"], *rows])
    if kind == "json":
        body = json.dumps([{"id": name, "v": value} for name, value in rows])
    case = admitted(tmp_path, of, file_delivery(kind, way={"decimal": ","}), body)
    assert case.rows("v") == [(1.234,), (1.5,), (1234.5,), (1234567,), (7,)]


def test_western_text_is_not_taken_for_chinese(tmp_path: Path) -> None:
    body = "id,name\n1,Zürich\n2,Genève\n3,São Paulo\n"
    for form in ({}, {"encoding": "utf-8"}):
        case = admitted(tmp_path / str(len(form)), TWO, file_delivery(**form), body.encode("latin-1"))
        assert case.admission.status == "held"
        assert "windows-1252" in (case.admission.reason_en or "")
    case = admitted(tmp_path / "said", TWO, file_delivery(encoding="windows-1252"), body.encode("latin-1"))
    assert case.rows("name") == [("Zürich",), ("Genève",), ("São Paulo",)]


def test_chinese_units_in_latin_text_are_chinese(tmp_path: Path) -> None:
    body = "id,name\n1,A栋3层\n2,5G基站\n3,沪A12345\n4,km处\n"
    case = admitted(tmp_path, TWO, file_delivery(), body.encode("gb18030"))
    assert case.rows("name") == [("A栋3层",), ("5G基站",), ("沪A12345",), ("km处",)]


def test_remarks_are_not_cut_off_in_the_midst_of_rows(tmp_path: Path) -> None:
    way = file_delivery(ends_before=r"^\s*$|^Source")
    rows = [f"{n},n{n}\n" for n in range(300)]
    case = admitted(tmp_path / "blank", TWO, way, "id,name\n" + "".join([*rows[:150], "\n", *rows[150:]]))
    assert case.admission.status == "held"
    assert "第 152 行符合 ends_before" in (case.admission.reason_zh or "")
    case = admitted(tmp_path / "quoted", TWO, way, 'id,name\n0,"two\n\nparts"\n' + "".join(rows[1:]))
    assert case.admission.status == "held"
    case = admitted(tmp_path / "end", TWO, way, "id,name\n" + "".join(rows) + "\nSource: office\nRevised figures\n")
    assert case.admission.rows_admitted == 300


def test_the_header_is_the_line_with_most_labels(tmp_path: Path) -> None:
    body = "Name,Employment statistics\nof,2023\nid,name\n1,a\n"
    case = admitted(tmp_path, TWO, file_delivery(header_search_rows=5), body)
    assert case.rows("id, name") == [("1", "a")]
