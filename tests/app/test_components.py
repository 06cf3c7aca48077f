"""The parts that pages are put together from: addresses, bars, sparklines, lineage drawing, files to download."""

from __future__ import annotations

import base64
import csv
import io
import re
from datetime import datetime
from itertools import combinations, pairwise
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from app.addresses import PageName, address
from app.components import layered, lineage
from app.components.downloads import Sheet, as_csv, as_excel
from app.components.progress import progress
from app.components.sparkline import sparkline
from app.queries import Published
from app.reading import Reading
from app.theme.palette import palette
from app.visit import Visit
from app.words import Words
from warehouse.home import Home
from warehouse.read import SnapshotReader
from warehouse.read.indicator import Evidence
from warehouse.read.lineage import Edge, LineageGraph, Node
from warehouse.read.overview import snapshot_info

WORDS = Words("zh")


@given(
    st.sampled_from(PageName),
    st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.text(min_size=1), max_size=4),
)
def test_an_address_is_read_back_as_it_was_made(page: PageName, query: dict[str, str]) -> None:
    query.pop("page", None)  # the name of the function's own argument
    parts = urlsplit(address(page, **query))
    assert parts.path in (page.value, "./")
    assert dict(parse_qsl(parts.query)) == query


def test_values_of_nothing_leave_no_trace_in_an_address() -> None:
    assert address(PageName.OVERVIEW) == "./"
    assert address(PageName.INDICATOR, code="L01", lang=None) == "indicator?code=L01"


@pytest.mark.parametrize(("way", "fill"), [(0.0, "0.0"), (0.48, "48.0"), (1.0, "100.0"), (1.7, "100.0"), (-0.3, "0.0")])
def test_a_progress_bar_is_as_long_as_the_way_and_ticked_at_the_time(way: float, fill: str) -> None:
    bar = str(progress(way, 0.499, "behind", WORDS))
    assert f"width:{fill}%" in bar
    assert "left:49.9%" in bar
    assert "tone-orange" in bar
    assert f"完成 {way * 100:.1f} %" in bar  # the words keep what the bar cannot show


def test_no_progress_no_bar() -> None:
    assert str(progress(None, 0.5, "not_assessed", WORDS)) == ""


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=40))
def test_a_sparkline_stays_in_its_frame(values: list[float]) -> None:
    image = str(sparkline(values, palette("light"), "走势"))
    drawing = base64.b64decode(image.split("base64,")[1].split('"')[0]).decode()
    points = re.search(r'points="([^"]+)"', drawing)
    assert points is not None
    places = [tuple(map(float, point.split(","))) for point in points.group(1).split()]
    assert len(places) == len(values)
    assert all(0 <= x <= 72 and 0 <= y <= 20 for x, y in places)


def test_one_value_is_no_course() -> None:
    assert str(sparkline([5.0], palette("light"), "走势")) == ""


def _reading(home: Home) -> Reading:
    reader = SnapshotReader(home)
    return Reading(Visit(WORDS, "light", debug=False), Published(reader), snapshot_info(reader))


def _evidence(number: int) -> Evidence:
    received = datetime(2023, 7, 1, 0, number)
    return Evidence(
        batch_id=f"b{number:02d}",
        feed="parking",
        entity="prk_lot",
        label_zh="登记",
        label_en="Register",
        file_name=f'outbox/停车"登记"_{number}.xlsx',
        sha256="ab" * 32,
        bytes=1,
        received_at=received,
        period_start=None,
        period_end=None,
        rows=number,
        rows_admitted=1,
        rows_rejected=0,
        status="admitted",
        simulated=True,
    )


def test_the_drawing_puts_the_newest_batches_between_feed_and_entity(published_home: Home) -> None:
    nodes = (
        Node("department.d", "department", "区建管委", "Commission", 0, None, None),
        Node("feed.parking", "feed", "停车", "Parking", 1, None, None),
        Node("raw_parking.prk_lot", "entity", "登记", "Register", 2, "failed", "on_time"),
        Node("indicator.S14", "indicator", "联网数", "Networked", 3, None, None),
    )
    graph = LineageGraph(nodes, tuple(Edge(one.node, after.node, "", "") for one, after in pairwise(nodes)))
    evidence = [_evidence(number) for number in range(5, 0, -1)]
    drawn = lineage.drawn(_reading(published_home), graph, evidence, "2023年6月 120 个")
    svg = ElementTree.fromstring(drawn)
    arrows = {(one.get("data-from"), one.get("data-to")) for one in svg.findall(".//{*}path") if one.get("data-from")}
    assert ("feed.parking", "batch.b05") in arrows
    assert ("batch.b05", "raw_parking.prk_lot") in arrows
    assert ("feed.parking", "raw_parking.prk_lot") not in arrows  # the batches stand in between
    boxes = {tuple(line.text for line in one.findall(".//{*}tspan")): one for one in svg.findall(".//{*}g")}
    assert any("另有 2 个批次" in lines for lines in boxes)
    assert not any("b02" in name for arrow in arrows for name in arrow if name)
    assert ("区建管委", "停车") in boxes  # the department is the first line of the feed's box
    [failed] = [box for lines, box in boxes.items() if "× 检查 未通过" in lines]
    [frame] = failed.findall(".//{*}rect")
    assert frame.get("stroke") == palette("light").tones["orange"]


def _shape(height: float = 20.0, line: str = "x") -> layered.Shape:
    return layered.Shape(60.0, height, [line], line, "", "#000000", "#ffffff", "#000000")


def _drawn(shapes: dict[str, layered.Shape], arrows: list[tuple[str, str]]) -> ElementTree.Element:
    return ElementTree.fromstring(layered.drawing(shapes, arrows, arrow_colour="#000000", font="sans-serif"))


@given(st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=20))
def test_boxes_never_overlap_and_arrows_lead_to_the_right(pairs: set[tuple[int, int]]) -> None:
    shapes = {str(number): _shape(12.0 + number * 5, f"b{number}") for number in range(10)}
    svg = _drawn(shapes, [(str(low), str(high)) for low, high in pairs if low < high])
    boxes = {
        "".join(one.itertext()): [float(frame.get(side, "")) for side in ("x", "y", "width", "height")]
        for one in svg.findall(".//{*}g")
        for frame in one.findall(".//{*}rect")
    }
    assert len(boxes) == len(shapes)
    for (_, (x, y, w, h)), (_, (x2, y2, w2, h2)) in combinations(boxes.items(), 2):
        assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 + 0.2 or y2 + h2 <= y + 0.2
    for low, high in pairs:
        if low < high:
            assert boxes[f"b{low}"][0] + boxes[f"b{low}"][2] < boxes[f"b{high}"][0]


def test_what_is_written_in_a_box_is_text_and_circles_are_refused() -> None:
    svg = _drawn({"a": _shape(line='<script>"&')}, [("a", "unknown")])
    assert [one.text for one in svg.findall(".//{*}tspan")] == ['<script>"&']
    with pytest.raises(ValueError, match="circle"):
        _drawn({"a": _shape(), "b": _shape()}, [("a", "b"), ("b", "a")])


SHEET = Sheet(
    "不合格行",
    ("规则", "行号", "内容"),
    [
        {"规则": "剩余泊位大于总泊位", "行号": 11, "内容": '=HYPERLINK("http://example.org")'},
        {"规则": "时间不明", "行号": None, "内容": "@SUM(A1)"},
        {"规则": "-1 为负", "行号": 13, "内容": '一行\n两行, "引号"'},
    ],
)


def test_csv_opens_in_excel_and_runs_nothing() -> None:
    content = as_csv(SHEET)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0] == ["规则", "行号", "内容"]
    assert rows[1] == ["剩余泊位大于总泊位", "11", '\'=HYPERLINK("http://example.org")']
    assert rows[2] == ["时间不明", "", "'@SUM(A1)"]
    assert rows[3] == ["'-1 为负", "13", '一行\n两行, "引号"']


def test_excel_keeps_texts_as_texts_and_numbers_as_numbers() -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(as_excel([SHEET, Sheet("空", ("甲",), [])])))
    assert book.sheet_names == ["不合格行", "空"]
    rows = book.get_sheet_by_name("不合格行").to_python()
    assert rows[0] == ["规则", "行号", "内容"]
    assert rows[1] == ["剩余泊位大于总泊位", 11.0, '=HYPERLINK("http://example.org")']
    assert rows[2][1] == ""
    assert book.get_sheet_by_name("空").to_python() == [["甲"]]


def test_times_of_a_reading_are_the_districts(published_home: Home) -> None:
    assert _reading(published_home).zone == ZoneInfo("Asia/Shanghai")
