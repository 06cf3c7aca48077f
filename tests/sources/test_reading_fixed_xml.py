"""Text of fixed width, and XML."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.admission_case import admitted, entity, field, file_delivery

TWO = entity(field("id"), field("v", "number"))
COLUMNS = [{"name": "id", "start": 1, "width": 4}, {"name": "v", "start": 5, "width": 4}]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_columns_stand_at_their_characters(tmp_path: Path, encoding: str) -> None:
    body = 'head\nA   1.5\n\n街道A"2.5\nB   x\nC\n'.encode(encoding)
    case = admitted(tmp_path, TWO, file_delivery("fixed", columns=COLUMNS, skip_rows=1), body)
    assert case.rows("id, v, _row") == [("A", 1.5, 2), ('街道A"', 2.5, 4), ("C", None, 6)]
    assert case.rejects() == [(5, "unreadable_value")]


def test_lines_of_several_files_are_counted_in_each(tmp_path: Path) -> None:
    case = admitted(tmp_path, TWO, file_delivery("fixed", columns=COLUMNS), "\nA   1\n", "B   2\nC   3\n")
    assert case.rows("_file, _row, id") == [(0, 2, "A"), (1, 1, "B"), (1, 2, "C")]


XML = """<?xml version="1.0" encoding="{encoding}"?>
<n:root xmlns:n="urn:x"><n:list>
  <n:item code="A"><n:v unit="m">1</n:v><n:tag>p</n:tag><n:tag>区</n:tag></n:item>
  <n:item code="B"><n:v unit="m">x</n:v></n:item>
  <!-- none --><n:item code="C"><n:place><n:v>9</n:v></n:place></n:item>
</n:list></n:root>"""
ITEM = entity(
    field("id", source_names=("@code",)),
    field("v", "number", source_names=("v.#text",)),
    field("unit", source_names=("v.@unit",)),
    field("tag", source_names=("tag[1]",)),
    field("inner", "integer", source_names=("place.v",)),
)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_elements_are_rows_and_attributes_columns(tmp_path: Path, encoding: str) -> None:
    body = XML.format(encoding=encoding).encode(encoding)
    case = admitted(tmp_path, ITEM, file_delivery("xml", records_at="root.list.item"), body)
    assert case.rows('id, v, unit, tag, "inner", _row') == [
        ("A", 1.0, "m", "区", None, 1),
        ("C", None, None, None, 9, 3),
    ]
    assert case.rejects() == [(2, "unreadable_value")]


def test_a_cut_document_is_held_with_its_place(tmp_path: Path) -> None:
    case = admitted(
        tmp_path, ITEM, file_delivery("xml", records_at="root.list.item"), XML.format(encoding="utf-8")[:-20]
    )
    assert "is not a complete XML document (line " in (case.admission.reason_en or "")


def test_a_wrong_path_is_named(tmp_path: Path) -> None:
    case = admitted(tmp_path, ITEM, file_delivery("xml", records_at="list.item"), XML.format(encoding="utf-8"))
    assert "no element at list.item" in (case.admission.reason_en or "")
    assert "records_at" in (case.admission.reason_zh or "")


def test_nothing_outside_the_file_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    body = f'<!DOCTYPE r [<!ENTITY e SYSTEM "file://{secret}">]><r><i code="A"><note>&e;</note></i></r>'
    of = entity(field("id", source_names=("@code",)), field("note"))
    case = admitted(tmp_path, of, file_delivery("xml", records_at="r.i"), body)
    assert case.admission.status == "held" or case.rows("id, note") == [("A", None)]
    assert b"SECRET" not in case.written_bytes()


def test_an_element_taken_by_its_place_may_come_once(tmp_path: Path) -> None:
    of = entity(field("id", source_names=("@id",)), field("v", "integer", source_names=("a.value[0]",)))
    body = '<r><s id="1"><a><value>1</value><value>2</value></a></s><s id="2"><a><value>5</value></a></s></r>'
    case = admitted(tmp_path, of, file_delivery("xml", records_at="r.s"), body)
    assert case.rows("id, v") == [("1", 1), ("2", 5)]


def test_text_goes_on_behind_comments_and_marks(tmp_path: Path) -> None:
    of = entity(
        field("id", source_names=("@id",)), field("n", "integer"), field("t"), field("m", source_names=("m.#text",))
    )
    body = (
        '<r xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        '<s id="1"><n>12<!-- c -->34</n><t>Caf&#233; <!-- x --> Zwei &amp; Co</t><m>Hello <b>big</b> world</m></s>'
        '<s id="2"><n xsi:nil="true"/><t xsi:nil="1"/></s></r>'
    )
    case = admitted(tmp_path, of, file_delivery("xml", records_at="r.s"), body)
    assert case.rows("id, n, t, m") == [("1", 1234, "Café  Zwei & Co", "Hello big world"), ("2", None, None, None)]


def test_an_entity_of_the_document_is_not_dropped(tmp_path: Path) -> None:
    body = '<!DOCTYPE r [<!ENTITY co "Company">]><r><i code="A"><note>The &co; Ltd</note></i></r>'
    of = entity(field("id", source_names=("@code",)), field("note"))
    case = admitted(tmp_path, of, file_delivery("xml", records_at="r.i"), body)
    assert case.admission.status == "held"
    assert "&co;" in (case.admission.reason_zh or "")


def test_columns_may_lead_above_the_record(tmp_path: Path) -> None:
    of = entity(
        field("id", source_names=("@t",)),
        field("area", source_names=("^.Key.Value[0].@v",)),
        field("made", source_names=("$.Header.Prepared",)),
        field("day", source_names=("$.@day",)),
        key=("id", "area"),
    )
    series = "".join(
        f'<Series><Key><Value v="{area}"/><Value v="x"/></Key><Obs t="1"/><Obs t="2"/></Series>' for area in "ab"
    )
    body = f'<G day="d"><Header><Prepared>now</Prepared></Header><DataSet>{series}</DataSet></G>'
    case = admitted(tmp_path, of, file_delivery("xml", records_at="G.DataSet.Series.Obs"), body)
    assert case.rows("id, area, made, day") == [
        ("1", "a", "now", "d"),
        ("2", "a", "now", "d"),
        ("1", "b", "now", "d"),
        ("2", "b", "now", "d"),
    ]
