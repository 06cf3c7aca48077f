"""NDJSON, JSON documents and the pages of an API."""

from __future__ import annotations

import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sources.contract.settings import Delivery
from tests.sources.admission_case import Case, admitted, entity, field, file_delivery

TWO = entity(field("id"), field("name"))
MONEY = entity(field("id"), field("amount", "number", physical_type="DECIMAL(22,4)"))


def pages(*bodies: str | bytes) -> bytes:
    """The bytes that the REST connector lands: a zip with one member a page."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, body in enumerate(bodies, 1):
            archive.writestr(f"page-{number:05d}.json", body)
    return file.getvalue()


REST = Delivery.model_validate({"server": "api", "rest": {"path": "/x", "records_at": "data.list"}})


def page(*records: Any) -> str:
    return json.dumps({"code": "0", "data": {"list": list(records), "total": len(records)}}, ensure_ascii=False)


def test_broken_lines_are_rejected_with_their_line_and_blank_lines_counted(tmp_path: Path) -> None:
    body = '\n{"id": "1", "name": "a"}\n\n{"id": "2"\n[3]\n"x"\n{}\n{"id": "7"}\n'
    case = admitted(tmp_path, TWO, file_delivery("ndjson"), body)
    assert case.rows("id, _row") == [("1", 2), ("7", 8)]
    assert case.rejects() == [(4, "broken_json"), (5, "not_a_record"), (6, "not_a_record"), (7, "missing_value")]


@pytest.mark.parametrize("cut", range(1, 18))
def test_cut_last_line_holds_the_delivery(tmp_path: Path, cut: int) -> None:
    body = '{"id": "1"}\n{"id": "2", "n": 3}'
    case = admitted(tmp_path, TWO, file_delivery("ndjson"), body[:-cut])
    assert case.admission.status == "held"
    assert "第 2 行" in (case.admission.reason_zh or "")


def test_whole_last_line_needs_no_line_end(tmp_path: Path) -> None:
    assert admitted(tmp_path, TWO, file_delivery("ndjson"), '{"id": "1"}\n{"id": "2"}').admission.rows_admitted == 2


def test_gb18030_lines(tmp_path: Path) -> None:
    body = '{"id": "1", "name": "长宁区"}\n'.encode("gb18030")
    case = admitted(tmp_path, TWO, file_delivery("ndjson"), body)
    assert case.rows("name") == [("长宁区",)]
    assert case.admission.encoding_detected == "gb18030"


def test_nested_values_by_dotted_path(tmp_path: Path) -> None:
    nested = entity(field("id", source_names=("a.b[1].c",)), field("name", source_names=("a",)))
    case = admitted(tmp_path, nested, file_delivery("ndjson"), '{"a": {"b": [0, {"c": 5}]}}\n')
    assert case.rows("id, name") == [("5", '{"b":[0,{"c":5}]}')]


def test_keys_that_differ_in_case_alone(tmp_path: Path) -> None:
    cased = entity(field("id", source_names=("ID",)), field("name", source_names=("id",)))
    assert admitted(tmp_path, cased, file_delivery("ndjson"), '{"ID": "1", "id": "x"}\n').rows("id, name") == [
        ("1", "x")
    ]


def test_renamed_required_key_is_held_with_the_keys_of_the_file(tmp_path: Path) -> None:
    case = admitted(tmp_path, TWO, file_delivery("ndjson"), '{"ident": "1", "name": "a"}\n' * 3)
    assert case.admission.status == "held"
    assert "ident、name" in (case.admission.reason_zh or "")
    assert "synonyms" in (case.admission.reason_en or "")


def test_synonyms_may_change_from_line_to_line(tmp_path: Path) -> None:
    either = entity(field("id", source_names=("id", "key")))
    assert admitted(tmp_path, either, file_delivery("ndjson"), '{"id": 1}\n{"key": 2}\n').rows("id") == [("1",), ("2",)]


@settings(max_examples=12, deadline=None)
@example([Decimal("12499999999999999.0000"), Decimal("9999999999999.9999"), Decimal("99999999999.9999")])
@given(st.lists(st.decimals(min_value=-(10**17), max_value=10**17, places=4), min_size=1, max_size=20))
@pytest.mark.parametrize("kind", ["ndjson", "json"])
def test_decimals_keep_every_digit(tmp_path_factory: pytest.TempPathFactory, kind: str, numbers: list[Decimal]) -> None:
    records = [f'{{"id": {n}, "amount": {number:f}}}' for n, number in enumerate(numbers)]
    body = "\n".join(records) + "\n" if kind == "ndjson" else f"[{', '.join(records)}]"
    case = admitted(tmp_path_factory.mktemp("json"), MONEY, file_delivery(kind), body)
    assert [amount for (amount,) in case.rows("amount", order="_row")] == numbers


def test_large_whole_numbers_keep_every_digit(tmp_path: Path) -> None:
    body = '{"id": 310105199001011234567890, "name": 9223372036854775807}\n'
    assert admitted(tmp_path, TWO, file_delivery("ndjson"), body).rows("id, name") == [
        ("310105199001011234567890", "9223372036854775807")
    ]


def test_pages_are_one_batch_with_running_rows(tmp_path: Path) -> None:
    body = pages(page({"id": "1"}, {"id": "2"}), page(), page({"id": "3"}, 4))
    case = admitted(tmp_path, TWO, REST, body)
    assert case.rows("id, _row") == [("1", 1), ("2", 2), ("3", 3)]
    assert case.rejects("_sheet, _row, reason_code") == [("page-00003.json", 4, "not_a_record")]


def test_declared_total_must_be_found(tmp_path: Path) -> None:
    case = admitted(tmp_path, TWO, REST, pages(page({"id": "1"})), rows_declared=2)
    assert case.admission.status == "held"
    assert "声明 2 行，实际读到 1 行" in (case.admission.reason_zh or "")
    assert case.rows("id") == [("1",)]  # kept for the held layer


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (page({"id": "1"})[:-3], "不是完整的 JSON"),
        ('{"code": "500", "msg": "busy"}', "data.list"),
        ('{"data": {"list": {}}}', "data.list"),
        ("", "不是完整的 JSON"),
        ("<html>busy</html>", "不是完整的 JSON"),
    ],
)
def test_damaged_page_holds_the_batch_and_is_named(tmp_path: Path, body: str, words: str) -> None:
    case = admitted(tmp_path, TWO, REST, pages(page({"id": "1"}), body), names=["snapshots.zip"])
    assert case.admission.status == "held"
    assert words in (case.admission.reason_zh or "")
    assert "snapshots.zip（page-00002.json）" in (case.admission.reason_zh or "")


def test_list_or_single_record_without_a_path(tmp_path: Path) -> None:
    assert admitted(tmp_path, TWO, file_delivery("json"), '[{"id": 1}, {"id": 2}]').rows("id") == [("1",), ("2",)]
    assert admitted(tmp_path, TWO, file_delivery("json"), '{"id": 1}').rows("id") == [("1",)]


def test_rows_that_a_connector_wrote_are_taken_as_they_are(tmp_path: Path) -> None:
    sql = Delivery.model_validate({"server": "db", "sql": {"view": "v", "watermark": "cd_time"}})
    case = admitted(tmp_path, TWO, sql, '{"id": "1", "name": "a", "cd_time": "2023-06-01 08:00:00"}\n')
    assert case.rows("id, name") == [("1", "a")]


def nested(records_at: str, document: Any, of: Any, tmp_path: Path) -> Any:
    return admitted(tmp_path, of, file_delivery("json", records_at=records_at), json.dumps(document))


def test_lists_in_lists_and_what_lies_around_a_record(tmp_path: Path) -> None:
    of = entity(
        field("id", source_names=("^.id",)),
        field("dock"),
        field("seen", "timestamp", source_names=("$.last_updated",), formats=("epoch_s",)),
        key=("id", "dock"),
    )
    stations = [
        {"id": "A", "docks": [{"dock": 1}, {"dock": 2}]},
        {"id": "B", "docks": []},
        {"id": "C", "docks": [{"dock": 1}]},
    ]
    case = nested("data.stations[*].docks", {"last_updated": 1686000000, "data": {"stations": stations}}, of, tmp_path)
    assert case.rows("id, dock, _row, seen::VARCHAR") == [
        ("A", "1", 1, "2023-06-05 21:20:00"),
        ("A", "2", 2, "2023-06-05 21:20:00"),
        ("C", "1", 3, "2023-06-05 21:20:00"),
    ]


def test_values_of_an_object_with_their_keys(tmp_path: Path) -> None:
    of = entity(field("id", source_names=("_key",)), field("v", "number", source_names=("_value",)))
    case = nested("rates.*", {"rates": {"A": 1.5, "B": 2}}, of, tmp_path)
    assert case.rows("id, v") == [("A", 1.5), ("B", 2.0)]


def test_three_levels_with_the_keys_of_the_middle_one(tmp_path: Path) -> None:
    of = entity(
        field("id", source_names=("^.^.s",)),
        field("d", "date", source_names=("^._key",)),
        field("h"),
        key=("id", "d", "h"),
    )
    document = [
        {"s": "X", "days": {"2023-06-01": [{"h": 1}, {"h": 2}], "2023-06-02": [{"h": 1}]}},
        {"s": "Y", "days": {}},
    ]
    case = nested("[*].days.*[*]", document, of, tmp_path)
    assert case.rows("id, d::VARCHAR, h") == [
        ("X", "2023-06-01", "1"),
        ("X", "2023-06-01", "2"),
        ("X", "2023-06-02", "1"),
    ]


@pytest.mark.parametrize(
    ("records_at", "document", "rows", "word"),
    [
        ("data.list[*].docks", {"data": {"list": []}}, 0, "without any row"),
        ("data.list[*].docks", {"data": {"list": [{"docks": []}]}}, 0, "without any row"),
        ("data.list[*].dox", {"data": {"list": [{"docks": []}]}}, 0, "no record list at data.list[*].dox"),
        ("data.lisst[*].docks", {"data": {"list": [{"docks": []}]}}, 0, "no record list at data.lisst[*].docks"),
        ("data.*", {"data": []}, 0, "no record list at data.*"),
    ],
)
def test_an_empty_list_is_no_mistake_a_wrong_path_is(
    tmp_path: Path, records_at: str, document: Any, rows: int, word: str
) -> None:
    of = entity(field("id", source_names=("^.id",)))
    way = file_delivery("json", records_at=records_at)
    case = admitted(tmp_path, of, way, json.dumps(document), mode="full")
    assert case.admission.rows_read == rows
    assert word in (case.admission.reason_en or "")


ITEMS = entity(field("id", source_names=("$.no",)), field("item", source_names=("sku",)), key=("id", "item"))


def lines_of(tmp_path: Path, body: str | bytes) -> Case:
    return admitted(tmp_path, ITEMS, file_delivery("ndjson", records_at="items"), body)


def test_lines_that_hold_lists(tmp_path: Path) -> None:
    body = (
        '{"no": 1, "items": [{"sku": "a"}, {"sku": "b"}]}\n\n{"no": 2, "items": []}\n{"no": 3, "items": [{"sku": "a"}]}'
    )
    assert lines_of(tmp_path, body).rows("id, item, _row") == [("1", "a", 1), ("1", "b", 2), ("3", "a", 3)]


def test_broken_lines_of_lists_are_rejected_and_the_others_read(tmp_path: Path) -> None:
    good = '{"no": 9, "items": [{"sku": "z"}]}\n'
    body = '{"no": 1, "items": [{"sku": "a"}, 7]}\n{"no": 2}\n{"no": 3, "items": [{"sku"\n[4]\n' + good
    case = lines_of(tmp_path, body)
    assert case.rows("id, item, _row") == [("1", "a", 1), ("9", "z", 6)]
    wrong = [(2, "missing_value"), (3, "no_record_list"), (4, "broken_json"), (5, "not_a_record")]
    assert case.rejects() == wrong


def test_a_cut_last_line_of_lists_holds_the_delivery(tmp_path: Path) -> None:
    case = lines_of(tmp_path, '{"no": 1, "items": [{"sku": "a"}]}\n{"no": 2, "items": [{"sku": "b"}')
    assert case.admission.status == "held"
    assert "第 2 行" in (case.admission.reason_zh or "")


def test_gb18030_lines_of_lists(tmp_path: Path) -> None:
    case = lines_of(tmp_path, '{"no": 1, "items": [{"sku": "井盖"}]}\n'.encode("gb18030"))
    assert case.rows("item") == [("井盖",)]


def test_long_decimals_in_lists_keep_every_digit(tmp_path: Path) -> None:
    of = entity(field("id"), field("amount", "number", physical_type="DECIMAL(30,20)"))
    body = '{"items": [{"id": 1, "amount": 0.12345678901234567890}]}\n'
    case = admitted(tmp_path, of, file_delivery("ndjson", records_at="items"), body)
    assert case.rows("amount") == [(Decimal("0.12345678901234567890"),)]


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ({"kind": "ndjson"}, '{"id": "1", "PM2.5": 8, "Temp [C]": 3, "a": {"b.c": 4, "d": 5}}\n'),
        ({"kind": "json"}, '[{"id": "1", "PM2.5": 8, "Temp [C]": 3, "a": {"b.c": 4, "d": 5}}]'),
        (
            {"kind": "json", "records_at": "x[*].y"},
            '{"x": [{"y": [{"id": "1", "PM2.5": 8, "Temp [C]": 3, "a": {"d": 5}}]}]}',
        ),
    ],
)
def test_keys_may_have_dots_and_brackets(tmp_path: Path, form: dict[str, str], body: str) -> None:
    of = entity(
        field("id"),
        field("pm", "integer", source_names=("PM2.5",)),
        field("t", "integer", source_names=("Temp [C]",)),
        field("d", "integer", source_names=("a.d",)),
    )
    assert admitted(tmp_path, of, file_delivery(**form), body).rows("id, pm, t, d") == [("1", 8, 3, 5)]


@pytest.mark.parametrize("kind", ["json", "ndjson"])
@pytest.mark.parametrize("twin", [{}, {"Values": 1}], ids=["plain", "names that differ in case"])
def test_a_key_with_dots_below_another(tmp_path: Path, kind: str, twin: dict[str, int]) -> None:
    of = entity(
        field("id"), field("pm", "number", source_names=("values.PM2.5",)), field("deep", source_names=("a.b.c",))
    )
    record = {"id": "1", "values": {"PM2.5": 35.5}, "a": {"b": {"c": "x"}}, **twin}
    case = admitted(tmp_path, of, file_delivery(kind), json.dumps([record] if kind == "json" else record))
    assert case.rows("pm, deep") == [(35.5, "x")]
