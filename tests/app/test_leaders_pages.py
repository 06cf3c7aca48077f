"""What leaders open: another day, the plan's claims, the wall display, the printed sheet, the files to download."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from app.addresses import PageName
from app.components import sheets
from app.queries import Published
from app.reading import Reading, reading_of
from app.visit import Visit
from app.words import Words
from tests.app.reading_pages import markup, open_page, problems, text
from tests.app.snapshots import EIGHTEEN, build_partly
from warehouse.home import Home
from warehouse.read import SnapshotReader, indicator, overview

pytestmark = pytest.mark.slow

EARLIER = "2023-03-31"


@pytest.fixture
def eighteen(home: Home) -> Path:
    return build_partly(home, change=EIGHTEEN)


def _reading(home: Home, as_of: date | None = None) -> Reading:
    return reading_of(Visit(Words("zh"), "light", debug=False, as_of=as_of), Published(SnapshotReader(home)))


def test_another_day_is_judged_by_the_snapshot_and_named(published_home: Home) -> None:
    said = text(open_page("overview", as_of=EARLIER, supporting="1"))
    assert f"按 {EARLIER} 评判" in said
    assert "本次变化" not in said  # belongs to the publication, not to that day
    rows = overview.overview(SnapshotReader(published_home), as_of=date(2023, 3, 31))
    expected = next(row for row in rows if row.indicator_code == "S14")
    assert expected.value == 114.0
    assert "<b>114</b>" in markup(open_page("overview", as_of=EARLIER, supporting="1"))
    assert expected.sentence_zh in text(open_page("indicator", code="S14", as_of=EARLIER))


def test_the_chosen_day_goes_along_to_the_pages_that_know_it(published_home: Home) -> None:
    visit = _reading(published_home, date(2023, 3, 31)).visit
    assert visit.link(PageName.INDICATOR, code="S14") == f"indicator?code=S14&as_of={EARLIER}"
    assert visit.link(PageName.FRESHNESS) == "freshness"
    assert f'href="indicator?code=L01&amp;as_of={EARLIER}"' in markup(open_page("overview", as_of=EARLIER))


@pytest.mark.parametrize("day", ["2019-12-31", "2023-06-30", "2024-01-01", "yesterday", "2023-13-01"])
def test_a_day_that_the_publication_cannot_speak_of_is_dropped(published_home: Home, day: str) -> None:
    shown = open_page("overview", as_of=day)
    assert not problems(shown)
    assert "评判" not in text(shown)
    assert "本次变化" in text(shown)


def test_the_plan_page_gives_claims_totals_and_paces(eighteen: Path) -> None:
    said = text(open_page("plan"))
    for expected in (
        "基本达到时序进度",
        "判定规则",
        "未评",
        "支持",
        "18 项中 8 项可评",
        "区科委",
        "不推算：尚无统计口径",
        "所需速度",
    ):
        assert expected in said
    html = markup(open_page("plan"))
    whole = re.search(r'class="whole">长宁区</th>.*?</tr>', html, re.S)
    assert whole is not None
    counts = [
        int(one) for one in re.findall(r'<td class="num[^"]*" data-label="(?!可评)[^"]*">(\d+)</td>', whole.group())
    ]
    assert sum(counts) == 18


def test_the_plan_page_on_another_day_shows_no_forecast(eighteen: Path) -> None:
    shown = open_page("plan", as_of=EARLIER)
    assert not problems(shown)
    said = text(shown)
    assert "判断与推算只按数据截至日期给出" in said
    assert "不推算" not in said


def test_pages_of_a_publication_without_forecasts_do_not_fail(home: Home) -> None:
    path = build_partly(home, change=EIGHTEEN)
    path.chmod(0o644)
    import duckdb

    with duckdb.connect(str(path)) as connection:
        for table in ("indicator_forecast", "indicator_forecast_path", "claim", "claim_indicator", "progress_total"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("DROP MACRO TABLE IF EXISTS progress_total_at")
    assert "本次发布没有判断" in text(open_page("plan"))
    for page, query in (("overview", {}), ("indicator", {"code": "S14"}), ("wall", {}), ("data", {})):
        assert not problems(open_page(page, **query))


def test_the_wall_turns_with_the_clock_and_says_what_it_shows(eighteen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    for second in (0, 20, 40, 60, 80):
        monkeypatch.setenv("DISTRICT_NOW", f"2023-07-01T08:{10 + second // 60}:{second % 60:02d}+08:00")
        said = markup(open_page("wall"))
        [domain] = re.findall(r'<span class="chosen" aria-current="true">(.*?)</span>', said)
        seen.append(domain)
        assert "s00002-partly" in said
        assert "2023-07-01 08:1" in said
        assert "数据截至" in said
    assert len(set(seen[:4])) == 4
    assert seen[4] == seen[0]


def test_the_wall_survives_a_missing_snapshot(home: Home) -> None:
    shown = open_page("wall")
    assert not problems(shown)
    assert "尚未发布数据" in text(shown)
    assert 'class="dm dm-wall-frame"' in markup(shown)  # it goes on turning, and finds the snapshot when there is one


def test_the_printed_sheet_has_the_answer_and_nothing_to_click_away_from_it(published_home: Home) -> None:
    shown = open_page("indicator", code="S15", print="1")
    assert not problems(shown)
    said = text(shown)
    for expected in ("停车场库联网上传率", "82.0", "走势与计划路径", "口径第 1 版", "快照 s00002-20230630"):
        assert expected in said
    assert "数据来历" not in said
    assert not shown.get("graphviz_chart")


def test_every_downloaded_row_names_snapshot_version_and_status(published_home: Home) -> None:
    reading = _reading(published_home)
    definition = reading.ask(indicator.definition, "S15")
    rows = reading.ask(indicator.series, "S15")
    offered = [
        sheets.indicators(reading, reading.indicators()),
        sheets.series(reading, definition, "on_schedule", rows),
        sheets.areas(reading, definition, "on_schedule", reading.ask(indicator.by_subdistrict, "S15")),
        sheets.evidence(reading, definition, "on_schedule", reading.ask(indicator.evidence, "S15")),
        sheets.revisions(reading, definition, "on_schedule", reading.ask(indicator.revisions, "S15")),
        sheets.year_on_year(reading, definition, "on_schedule", reading.ask(indicator.year_on_year, "S15")),
    ]
    for title, make in offered:
        made = sheets.signed(reading, make())
        assert made.rows, title
        assert all(row["快照编号"] == "s00002-20230630" for row in made.rows), title
        assert all(row["口径版本"] == 1 for row in made.rows), title
        assert all(row["状态"] for row in made.rows), title
    by_code = {row["编码"]: row for row in sheets.signed(reading, offered[0][1]()).rows}
    assert by_code["N01"]["现值"] is None
    assert by_code["N01"]["状态"] == "暂无统计口径"
    assert by_code["S14"]["现值"] == 120.0
