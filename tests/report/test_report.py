"""The report as it is made: what it says, that every number is bound, that nothing missing reads as zero."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from pathlib import Path

import pytest
from docx import Document
from lxml import etree

from tests.app.snapshots import EIGHTEEN, build_partly
from tests.report.editing import rewritten, saved, text_of
from tests.snapshot_fixture import build_snapshot
from warehouse.home import Home
from warehouse.read import SnapshotReader
from warehouse.read.overview import JUDGED, overview
from warehouse.report import controls
from warehouse.report.content import DayOutside, content
from warehouse.report.document import TEMPLATE, TemplateProblem, report
from warehouse.report.numbers import LONGEST_TAG, About, Numbers, Source, parts, same, source_of

pytestmark = pytest.mark.slow

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> SnapshotReader:
    """A publication; nothing here changes it."""
    home = Home(tmp_path_factory.mktemp("published") / "home")
    build_snapshot(home)
    return SnapshotReader(home)


def test_the_report_says_what_the_snapshot_says(reader: SnapshotReader) -> None:
    made = report(reader)
    said = text_of(made.content)
    assert (made.snapshot_id, made.as_of) == ("s00001-20230630", date(2023, 6, 30))
    for row in reader.rows("SELECT * FROM indicator_status JOIN indicator USING (indicator_code)"):
        if row["tier"] != "operational":
            assert row["name_zh"] in said
            assert row["definition_zh"] in said
    for [sentence] in (list(row.values()) for row in reader.rows("SELECT sentence_zh FROM claim")):
        assert sentence in said
    for heading in ("总体进度", "两项判断是否成立", "各领域指标", "数据来源"):
        assert heading in said
    evidence = reader.rows("SELECT DISTINCT sha256 FROM batch JOIN indicator_evidence USING (batch_id)")
    assert evidence
    assert sum(row["sha256"] in said for row in evidence) >= 5


def test_simulated_data_and_illustrative_targets_are_labelled(reader: SnapshotReader) -> None:
    said = text_of(report(reader).content)
    assert "【模拟数据】" in said
    assert "【示意目标】" in said
    assert re.search(r"150个（示意）", said)


def test_every_number_is_a_control_with_its_own_id(reader: SnapshotReader) -> None:
    made = report(reader)
    found = controls.read(made.content, "r.docx")
    assert len(found.controls) == made.numbers > 200
    assert {control.tag for control in found.controls} == found.made_with
    assert all(len(control.tag) <= LONGEST_TAG for control in found.controls)
    assert all(str(source_of(control.tag)) == made.snapshot_id for control in found.controls)
    by_tag = {control.tag: control.text for control in found.controls}
    assert by_tag["S15|value|2023-06|310105|v1|s00001-20230630"] == "82.0%"
    assert by_tag["S07|value|2023-06|310105|v1|s00001-20230630"] == "6万"
    assert by_tag["S07|target|2023-06|310105|v1|s00001-20230630"] == "7.5万"
    assert by_tag["@report|as_of|s00001-20230630"] == "2023-06-30"
    # Sentences too: no number of one stands outside a control.
    tree = etree.fromstring(zipfile.ZipFile(io.BytesIO(made.content)).read("word/document.xml"))
    for paragraph in tree.iter(f"{W}p"):
        plain = "".join(t.text or "" for t in paragraph.iter(f"{W}t") if t.getparent().getparent().tag == f"{W}p")
        if plain.startswith("公共停车场库联网数（S14）"):
            assert not re.search(r"\d", plain.replace("S14", ""))
            break
    else:
        pytest.fail("the sentence about S14 is not in the report")
    identities = [
        int(element.get(f"{W}val")) for element in tree.iter(f"{W}id") if element.getparent().tag == f"{W}sdtPr"
    ]
    assert len(set(identities)) == len(identities)


def test_a_target_that_is_not_set_has_no_unit(reader: SnapshotReader) -> None:
    said = text_of(report(reader).content)
    assert "未设" in said
    assert not re.search(r"未设[个人家%]", said)


@pytest.mark.parametrize(("code", "word"), [("N01", "暂无统计口径"), ("S17", "暂停发布"), ("E01", "缺报")])
def test_what_has_no_figure_is_said_in_words(reader: SnapshotReader, code: str, word: str) -> None:
    texts = {
        control.tag.split("|")[1]: control.text
        for control in controls.read(report(reader).content, "r").controls
        if control.tag.startswith(f"{code}|")
    }
    assert texts["value"] == texts["status"] == word
    assert texts["progress"] == "不评"


def test_an_earlier_day_is_judged_on_that_day_and_forecasts_nothing(reader: SnapshotReader) -> None:
    made = report(reader, date(2023, 4, 30))
    said = text_of(made.content)
    assert "推算只按发布时的截至日期作出" in said
    assert "趋势推算" not in said
    by_tag = {control.tag: control.text for control in controls.read(made.content, "r").controls}
    assert by_tag["@report|as_of|s00001-20230630@20230430"] == "2023-04-30"
    then = {row.indicator_code: row for row in overview(reader, as_of=date(2023, 4, 30))}
    values = {tag.split("|")[0]: text for tag, text in by_tag.items() if tag.split("|")[1] == "value"}
    told = {code for code, row in then.items() if row.status in JUDGED and code in values}
    assert told
    assert all(values[code][0].isdigit() for code in told)
    assert {str(source) for source in map(source_of, by_tag)} == {"s00001-20230630@20230430"}


@pytest.mark.parametrize("day", [date(2020, 12, 31), date(2023, 7, 1)])
def test_a_day_that_the_publication_does_not_know_is_refused(reader: SnapshotReader, day: date) -> None:
    with pytest.raises(DayOutside, match="2021-01-01"):
        report(reader, day)


def test_eighteen_headline_indicators_stand_under_their_domains(home: Home) -> None:
    build_partly(home, change=EIGHTEEN)
    told = content(SnapshotReader(home))
    assert sum(len(domain.headline) for domain in told.domains) == 18
    assert told.whole is not None
    assert told.whole.counts["total"].text == "18"
    assert [domain.name for domain in told.domains] == ["数字经济", "数字生活", "数字治理", "数字底座"]
    assert report(SnapshotReader(home)).numbers > 200


@pytest.mark.parametrize("tables", [(), ("indicator",), ("indicator", "indicator_observation"), ("feed", "batch")])
def test_a_half_filled_publication_makes_a_report(home: Home, tables: tuple[str, ...]) -> None:
    build_partly(home, tables=tables)
    assert "总体进度" in text_of(report(SnapshotReader(home)).content)


def test_pictures_are_in_the_document(reader: SnapshotReader) -> None:
    with zipfile.ZipFile(io.BytesIO(report(reader).content)) as archive:
        pictures = [name for name in archive.namelist() if name.startswith("word/media/")]
        assert len(pictures) >= 2
        assert all(archive.read(name).startswith(b"\x89PNG") for name in pictures)


def test_the_same_publication_gives_the_same_controls(reader: SnapshotReader) -> None:
    first, second = (controls.read(report(reader).content, "r") for _ in range(2))
    assert first == second


def test_the_office_may_edit_the_template(reader: SnapshotReader, tmp_path: Path) -> None:
    edited = rewritten(TEMPLATE.read_bytes(), lambda xml: xml.replace("总体进度", "我们走到哪里"))
    made = report(reader, template=saved(edited, tmp_path / "own.docx"))
    assert "我们走到哪里" in text_of(made.content)


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace("{{ plan_start }}", "{{ plan_strat }}"),
        lambda xml: xml.replace("{{ plan_start }}", "{{ plan_start"),
        lambda xml: xml.replace("{%p endfor %}", "", 1),
    ],
)
def test_a_mistake_in_the_template_names_the_file(reader: SnapshotReader, tmp_path: Path, change: object) -> None:
    assert callable(change)
    wrong = saved(rewritten(TEMPLATE.read_bytes(), change), tmp_path / "own.docx")
    with pytest.raises(TemplateProblem, match=r"own\.docx"):
        report(reader, template=wrong)


def test_a_template_that_is_no_document_names_the_file(reader: SnapshotReader, tmp_path: Path) -> None:
    with pytest.raises(TemplateProblem, match=r"own\.docx"):
        report(reader, template=saved(b"not a document", tmp_path / "own.docx"))


def test_the_template_is_a_document_without_personal_names() -> None:
    properties = Document(str(TEMPLATE)).core_properties
    assert (properties.author, properties.last_modified_by, properties.comments) == ("", "", "")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("截至 2023-06-30 为 6.5万人，完成 -43.1%", ["2023-06-30", "6.5万", "-43.1%"]),
        ("5G网络覆盖率（B01）4.6 至 10.3家", ["4.6", "10.3"]),
        ("每年 +0.8家，共 1,234 项", ["+0.8", "1,234"]),
        ("到2025年", ["2025"]),
        ("缺报", []),
    ],
)
def test_numbers_in_sentences(text: str, numbers: list[str]) -> None:
    pieces = parts(text)
    assert "".join(piece for piece, _ in pieces) == text
    assert [piece for piece, is_number in pieces if is_number] == numbers


@pytest.mark.parametrize(
    ("first", "second", "equal"),
    [
        ("6万", "60,000", True),
        ("91.89%", "９１.８９ %", True),
        ("91.89%", "91.9%", False),
        ("91.89%", "91.89", False),
        ("−3", "-3", True),
        ("缺报", "0", False),
        ("120", "", False),
        ("6万", "6亿", False),
    ],
)
def test_the_same_number_may_be_written_otherwise(first: str, second: str, equal: bool) -> None:
    assert same(first, second) is equal


@pytest.mark.parametrize("code", ["S07", "an_indicator_of_a_long_name", "twelve_lette"])
def test_every_tag_of_another_day_fits_word_and_is_its_own(code: str) -> None:
    numbers = Numbers(Source("s00001-20230630", date(2022, 1, 15)), "310105")
    tags = {
        numbers.of_figure(About(code, "x", period, 1), measure, "1", "x").tag
        for period in ("2021-01-01/P12M", "2021-01-01/P18M", "2022-01")
        for measure in ("value", "target_date", "progress")
    }
    assert len(tags) == 9
    assert all(len(tag) <= LONGEST_TAG and str(source_of(tag)) == str(numbers.source) for tag in tags)
