"""The page *impact* and the columns of a figure, over the small snapshot."""

from __future__ import annotations

import pytest

from app.components import column_lineage
from app.theme.palette import QUALITY
from tests.app.reading_pages import markup, open_page, problems, text
from tests.app.test_components import _reading
from warehouse.home import Home
from warehouse.read.column_lineage import ColumnEdge
from warehouse.read.figure_columns import FigureColumn, FigureColumns
from warehouse.read.lineage import Node

pytestmark = pytest.mark.slow


def test_a_field_whose_values_go_in_and_one_that_chooses_rows(published_home: Home) -> None:
    direct = open_page("impact", feed="parking", entity="prk_lot", field="upload_interval_minutes")
    assert problems(direct) == []
    said = text(direct)
    assert "数值直接取自本字段" in said
    assert "停车场库联网上传率" in said
    assert "汇总、换算" in said
    assert "含 1 个受影响的指标" in said
    assert "indicator?code=S15&amp;lineage=columns" in markup(direct)
    chosen = text(open_page("impact", feed="parking", entity="prk_lot", field="networked_on"))
    assert "本字段只决定计入哪些行" in chosen
    assert "筛选" in chosen
    assert "数值直接取自本字段" not in chosen
    assert "不影响任何已定义的指标" in text(open_page("impact", feed="parking", entity="prk_lot", field="lot_name"))


def test_without_a_field_all_fields_are_listed_and_an_unknown_one_is_told(published_home: Home) -> None:
    listed = open_page("impact", feed="parking", entity="prk_lot", field="nowhere")
    said = text(listed)
    assert "没有这个字段" in said
    assert "parking.prk_lot.nowhere" in said
    assert "直接 1 个，间接 0 个" in said
    assert "impact?feed=parking&amp;entity=prk_lot&amp;field=networked_on" in markup(listed)


def test_the_columns_of_a_figure_are_drawn_with_the_names_of_their_fields(published_home: Home) -> None:
    shown = open_page("indicator", code="S15", lineage="columns")
    assert problems(shown) == []
    [drawn] = shown.get("graphviz_chart")
    for expected in ("余位上传间隔", "intervals_due", 'URL="impact?feed=parking&entity=prk_lot', "2023年6月 82"):
        assert expected in drawn.proto.spec
    assert "networked_on" not in drawn.proto.spec  # it only chooses rows
    said = text(shown)
    assert "直接 1 个，间接 1 个" in said
    assert "联网日期" in said


def test_a_delivery_leads_to_its_fields(published_home: Home) -> None:
    assert 'href="impact?feed=parking&amp;entity=prk_lot"' in markup(open_page("freshness"))


def test_a_failed_check_leads_to_what_it_may_have_hurt(published_home: Home) -> None:
    assert "impact?feed=parking&amp;entity=prk_event" in markup(open_page("quality", feed="parking"))


def test_what_is_wrong_with_a_field_or_its_table_is_told_by_icon_word_and_colour(published_home: Home) -> None:
    reading = _reading(published_home)
    found = FigureColumns(
        (
            Node("raw_a.b", "entity", "登记", "Register", 0, "failed", "late"),
            Node("indicator.X", "indicator", "指标", "Indicator", 1, None, None),
        ),
        (
            FigureColumn("indicator.X", "value", None, None, None),
            FigureColumn("raw_a.b", "n", "数量", "Number", "failed"),
            FigureColumn("raw_a.b", "m", "其他", "Other", "ok"),
        ),
        (ColumnEdge("raw_a.b", "n", "indicator.X", "value", "aggregation"),),
        (),
        frozenset({"raw_a.b"}),
    )
    drawn = column_lineage.dot(reading, found, "12 个")
    look = QUALITY["failed"]
    assert f"{look.icon} 数量" in drawn
    assert "✓" not in drawn  # what is well is not told
    for told in ("▼ 逾期", "■ 最新批次被扣留", f"{look.icon} 检查 未通过"):
        assert told in drawn
    assert reading.visit.colours.tones[look.tone] in drawn
    assert '"raw_a.b n" -> "indicator.X value"' in drawn
