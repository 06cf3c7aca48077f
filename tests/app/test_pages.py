"""Every page, in both languages, on every kind of home: it runs, and says what is there and what is not."""

from __future__ import annotations

import html
import re

import pytest

from app.words.catalogue import CATALOGUE
from tests.app.reading_pages import PAGES, markup, open_page, problems, text
from tests.app.snapshots import build_partly
from tests.snapshot_deliveries import ENTITIES
from tests.snapshot_fixture import _FIGURES
from warehouse.home import Home

pytestmark = pytest.mark.slow

LANGUAGES = ("zh", "en")
# Python's and pandas' words for "nothing" must never reach a reader.
NOTHINGS = re.compile(r"\b(None|nan|NaN|NaT|null)\b")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_page_on_an_empty_home_says_what_to_do(home: Home, page: str, language: str) -> None:
    shown = open_page(page, lang=language)
    assert not problems(shown)
    assert CATALOGUE["empty.title"][LANGUAGES.index(language)] in text(shown)
    assert "district run" in text(shown)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_page_on_a_half_filled_home(half_filled_home: Home, page: str, language: str) -> None:
    shown = open_page(page, lang=language)
    assert not problems(shown)
    assert "2023-06-30" in text(shown)
    assert not NOTHINGS.search(text(shown))


@pytest.mark.parametrize("code", [figure[0] for figure in _FIGURES])
def test_every_indicator_page(published_home: Home, code: str) -> None:
    for language in LANGUAGES:
        shown = open_page("indicator", code=code, lang=language)
        assert not problems(shown)
        assert f"› {code}" in text(shown)


@pytest.mark.parametrize("code", ["L01", "S15", "E01", "N01"])
def test_indicator_page_on_a_half_filled_home(half_filled_home: Home, code: str) -> None:
    assert not problems(open_page("indicator", code=code))


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("indicator", {"code": "X99"}),
        ("indicator", {"code": "L01", "period": "1999-01-31", "period_type": "decade", "whole_plan": "maybe"}),
        ("quality", {"department": "no_such_department", "feed": "no_such_feed"}),
        ("freshness", {"department": "no_such_department"}),
        ("batch", {"batch": "no-such-batch"}),
        ("batch", {"feed": "no_such_feed", "status": "eaten"}),
        ("overview", {"status": "splendid", "lang": "tlh"}),
    ],
)
def test_addresses_that_name_nothing_do_not_throw(published_home: Home, page: str, query: dict[str, str]) -> None:
    shown = open_page(page, **query)
    assert not problems(shown)
    assert "长宁区数字化转型指标" in text(shown)


def test_overview_tells_how_many_can_be_judged_and_never_zero_for_missing(published_home: Home) -> None:
    said = text(open_page("overview"))
    assert "6 项中 2 项可评" in said
    assert "模拟数据" in said
    assert "第 2 次发布" in said
    row = re.search(r"<tr>\s*<th scope=\"row\"><a[^>]*>5G网络覆盖率.*?</tr>", markup(open_page("overview")), re.S)
    assert row is not None
    assert "<b>—</b>" in row.group()
    assert "缺报" in row.group()
    assert "<b>0" not in row.group()


def test_overview_counts_filter_the_tables(published_home: Home) -> None:
    said = text(open_page("overview", status="undefined"))
    assert "数字化转型满意度" in said
    assert "高新技术企业规模" not in said


def test_operational_indicators_wait_behind_a_switch(published_home: Home) -> None:
    assert "泊位占用率" not in _tables(markup(open_page("overview")))
    assert "泊位占用率" in _tables(markup(open_page("overview", operational="1")))
    assert "公共停车场库联网数" not in _tables(markup(open_page("overview")))
    assert "公共停车场库联网数" in _tables(markup(open_page("overview", supporting="1")))


def test_worst_and_binding_come_first(published_home: Home) -> None:
    headline, supporting = _tables(markup(open_page("overview", supporting="1"))).split("数字生活")[1:]
    assert headline.index("信息化应用标杆校") < headline.index("互联网医院数量")  # on schedule, achieved early
    order = [
        supporting.index(name)
        for name in (
            "错峰停车线上预约数",
            "停车场库联网上传率",
            "公共停车场库联网数",
            "区属医疗机构报告及影像接入率",
            "基座原生应用数",
        )
    ]
    assert order == sorted(order)  # held, on schedule, ahead, achieved early, without a target


def test_figures_are_written_as_readers_expect(published_home: Home) -> None:
    html = markup(open_page("overview", supporting="1", operational="1"))
    assert '<b>6</b><span class="unit">万人</span>' in html
    assert 'title="60,000 人（数据期 2023年6月）"' in html
    assert '<b>93.5</b><span class="unit">亿元</span>' in html
    assert '<b>82.0</b><span class="unit">%</span>' in html


def test_an_indicator_without_a_definition_says_so_and_shows_no_figure(published_home: Home) -> None:
    row = re.search(r"<tr>\s*<th scope=\"row\"><a[^>]*>（暂无统计口径）.*?</tr>", markup(open_page("overview")), re.S)
    assert row is not None
    assert "<b>—</b>" in row.group()
    assert "暂无统计口径</span>" in row.group()
    assert "未接入" not in row.group()
    assert not re.search(r">\s*0\s*<", row.group())


def test_an_indicator_says_where_it_stands(published_home: Home) -> None:
    said = text(open_page("indicator", code="S15"))
    for expected in (
        "停车场库联网上传率",
        "82.0",
        "初步数",
        "比上期 +0.1 个百分点",
        "完成进度 48.0 %",
        "时间进度 49.9 %",
        "820 / 1,000",
    ):
        assert expected in said
    held = text(open_page("indicator", code="S17"))
    assert "暂停发布，沿用上次数值" in held
    undefined = text(open_page("indicator", code="N01"))
    assert "口径确定之前不显示数值" in undefined


def test_lineage_of_a_figure_ends_in_batches(published_home: Home) -> None:
    shown = open_page("indicator", code="S15")
    spec = html.unescape(re.findall(r'data-svg="([^"]*)"', markup(shown))[-1])
    for expected in (
        "区建管委",
        "prk_lot_20230621.csv",
        "120 行",
        'href="batch?batch=bprk_snapshot01"',
        "停车场库联网上传率计算",
    ):
        assert expected in spec


def test_department_page_shows_checks_and_failing_rows_of_that_department_alone(published_home: Home) -> None:
    shown = open_page("quality", department="construction_commission")
    said = text(shown)
    assert "进出事件检查 2" in said
    assert "剩余泊位大于总泊位" in said
    assert "第 11 行" in said
    assert "检查检验报告" not in said
    assert [button.proto.label for button in shown.get("download_button")] == ["下载 CSV", "下载 Excel"]


def test_a_held_batch_says_why_and_what_to_do(published_home: Home) -> None:
    said = text(open_page("batch", batch="bprk_event03"))
    assert "已扣留" in said
    assert "声明 500 行，实读 125 行" in said
    assert "更正后重新报送即可" in said


def test_freshness_lists_every_entity_with_its_state(published_home: Home) -> None:
    said = text(open_page("freshness"))
    for _, _, label, *_ in ENTITIES:
        assert label in said
    for state in ("按时", "逾期", "缺报", "未到期", "未接入"):
        assert state in said


def test_content_of_deliveries_is_escaped_everywhere(home: Home) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    build_partly(
        home,
        change=f"""
        UPDATE indicator SET name_zh = '{evil}', definition_zh = '{evil}', held_reason_zh = '{evil}';
        UPDATE indicator SET unit_zh = '{evil}';
        UPDATE feed SET label_zh = '{evil}', feed_label_zh = '{evil}', due_text_zh = '{evil}';
        UPDATE batch SET file_name = '{evil}', reason_zh = '{evil}', source = '{evil}';
        UPDATE check_result SET name_zh = '{evil}', reason = '{evil}', errors = '{evil}', threshold = '{evil}';
        UPDATE failed_row SET reason_zh = '{evil}', file_name = '{evil}', sheet = '{evil}';
        UPDATE failed_row SET values_json = '{{"{evil}": "{evil}"}}';
        UPDATE department SET name_zh = '{evil}';
        UPDATE snapshot SET district_zh = '{evil}';
        """,
    )
    visits = [open_page(page) for page in PAGES]
    visits += [open_page("indicator", code="S17"), open_page("batch", batch="bprk_event03")]
    for shown in visits:
        assert not problems(shown)
        assert "<script" not in markup(shown)
        assert "<img src=x" not in markup(shown)
        assert "&lt;script&gt;" in markup(shown)


def test_a_page_that_fails_says_so_and_logs_why(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    build_partly(home, change="DROP TABLE failed_row")
    shown = open_page("quality")
    said = text(shown)
    assert "页面出错" in said
    fault = re.search(r"编号 ([0-9a-f]{8})", said)
    assert fault is not None
    [record] = [record for record in caplog.records if fault.group(1) in record.getMessage()]
    assert record.exc_info is not None
    assert "failed_row" in str(record.exc_info[1])
    assert not problems(open_page("freshness"))  # other pages go on


@pytest.mark.parametrize("content", [b"", b"not a database" * 1000, None], ids=["empty", "other", "gone"])
def test_a_snapshot_that_cannot_be_opened_is_a_notice(home: Home, content: bytes | None) -> None:
    target = home.published / "s00009-broken.duckdb"
    if content is not None:
        target.write_bytes(content)
    home.current_snapshot.symlink_to(target.name)
    for page in PAGES:
        shown = open_page(page)
        assert not shown.exception
        assert "页面出错" in text(shown)


def test_the_header_tells_when_publishing_has_stopped(published_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTRICT_NOW", "2023-07-03T08:00:00+08:00")
    assert "天未发布" not in text(open_page("overview"))
    monkeypatch.setenv("DISTRICT_NOW", "2023-07-12T08:05:00+08:00")
    assert "已 10 天未发布" in text(open_page("overview"))


def test_a_second_visit_asks_the_snapshot_nothing(published_home: Home) -> None:
    open_page("overview")
    shown = open_page("overview", debug="1")
    line = re.search(r"查询 (\d+) 次，其中 (\d+) 次未命中缓存", text(shown))
    assert line is not None
    assert int(line.group(1)) >= 5
    assert line.group(2) == "0"


def _tables(html: str) -> str:
    """The tables of indicators alone, without the lists of changes and of what needs attention."""
    return " ".join(re.findall(r"<section class=\"dm-block\">\s*<header>.*?</header>\s*<table.*?</table>", html, re.S))


def test_the_reporting_calendar_shows_each_period_with_its_state(published_home: Home) -> None:
    shown = markup(open_page("freshness"))
    assert "报送日历" in shown
    assert "公共停车 · 余位上传" in shown
    # The newest day of the uploads is late; exempt and unconnected periods have no cell with a state.
    assert re.search(r'title="2023-06-30 · 逾期 · 应报 2023-07-01[^"]*2 天', shown)
    assert "近一年按时 / 应报" in shown


def test_quality_scores_open_into_departments_feeds_and_tables(published_home: Home) -> None:
    department = markup(open_page("quality", department="construction_commission"))
    assert "加权平均" in department
    assert re.search(r"feed=parking", department)
    feed = markup(open_page("quality", department="construction_commission", feed="parking"))
    assert "进出事件" in feed
    assert "权重与算法" in feed


def test_an_indicator_says_what_its_figure_lacks(published_home: Home) -> None:
    shown = text(open_page("indicator", code="S15"))
    assert "本期数值缺少的批次" in shown
    assert "余位上传 逾期未到 1 期（2023-06-30）" in shown
