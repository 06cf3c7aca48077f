"""What somebody should look at: the overview, the owner's desk and the pages behind them say the same."""

from __future__ import annotations

import pytest

from tests.app.reading_pages import markup, open_page, problems, text
from tests.app.snapshots import build_partly
from warehouse.home import Home
from warehouse.read import SnapshotReader, owner_queue

pytestmark = pytest.mark.slow

CAME_LATE = """
    UPDATE feed_freshness SET state = 'late', days_late = 2, data_period_end = expected_period_end
    WHERE entity = 'prk_snapshot'
"""
SENT_AGAIN = """
    INSERT INTO batch BY NAME
    SELECT * REPLACE ('bprk_event04' AS batch_id, 'admitted' AS status, received_at + INTERVAL 1 HOUR AS received_at)
    FROM batch WHERE batch_id = 'bprk_event03'
"""


def test_what_came_late_is_there(home: Home) -> None:
    build_partly(home, change=CAME_LATE)
    items = owner_queue.queue(SnapshotReader(home))
    assert ("due", "prk_snapshot") not in {(one.kind, one.entity) for one in items}
    assert "due" in {one.kind for one in items}, "others have not come"
    assert "freshness?department=construction_commission" not in markup(open_page("overview"))
    assert "逾期" in text(open_page("freshness", department="construction_commission"))


def test_a_held_batch_waits(home: Home) -> None:
    build_partly(home)
    assert "batch?batch=bprk_event03" in markup(open_page("overview"))
    assert "更正后重新报送即可" in text(open_page("batch", batch="bprk_event03"))


def test_a_batch_sent_again_is_nobodys_task(home: Home) -> None:
    build_partly(home, change=SENT_AGAIN)
    assert "batch?batch=bprk_event03" not in markup(open_page("overview"))
    shown = text(open_page("batch", batch="bprk_event03"))
    assert "更正后重新报送即可" not in shown
    assert "同一期后来又报送并已准入" in shown


def test_counts_of_a_department_are_its_own(home: Home) -> None:
    build_partly(home)
    everything, own = text(open_page("freshness")), text(open_page("freshness", department="education_bureau"))
    assert "12 张数据表" in everything
    assert "12 张数据表" not in own
    assert "教育局" in own


@pytest.mark.parametrize("query", [{"page": "2"}, {"self": "1"}, {"known_on": "9999-12-31"}, {"as_of": "9999-12-31"}])
def test_no_address_brings_a_page_down(home: Home, query: dict[str, str]) -> None:
    build_partly(home)
    shown = open_page("overview", **query)
    assert not problems(shown)
    assert "页面出错" not in text(shown)


def test_the_wall_judges_by_the_publications_own_day(home: Home) -> None:
    build_partly(home)
    assert text(open_page("wall", as_of="2021-06-30")).count("缺报") == text(open_page("wall")).count("缺报")


def test_an_earlier_publication_is_no_sign_that_publishing_stopped(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    build_partly(home)
    monkeypatch.setenv("DISTRICT_NOW", "2030-01-01T02:00:00+00:00")
    assert "天未发布" in text(open_page("overview"))
    assert "天未发布" not in text(open_page("overview", known_on="2029-12-31"))


def test_what_could_not_be_read_has_no_number_of_rows(home: Home) -> None:
    unread = """UPDATE batch SET rows_read = 0, rows_admitted = 0, rows_rejected = 0, reason_zh = '文件损坏，请重报。'
                WHERE batch_id = 'bprk_event03'"""
    build_partly(home, change=unread)
    shown = text(open_page("batch", batch="bprk_event03"))
    assert "读取行数 —" in shown
    assert "文件损坏，请重报。原件已保存" in shown


def test_rows_of_a_held_batch_are_not_called_admitted(home: Home) -> None:
    build_partly(home)
    shown = text(open_page("batch", batch="bprk_event03"))
    assert "合格行数" in shown
    assert "入库行数" not in shown


def test_a_status_that_there_is_not_hides_nothing(home: Home) -> None:
    build_partly(home)
    assert text(open_page("overview", status="foo")) == text(open_page("overview"))


def test_a_day_before_the_first_publication_leads_to_the_newest(home: Home) -> None:
    build_partly(home)
    assert "返回最新发布" in text(open_page("overview", known_on="2020-01-01"))


def test_a_row_that_breaks_two_rules_is_counted_once(home: Home) -> None:
    two_reasons = """
        INSERT INTO failed_row BY NAME
        SELECT * REPLACE ('reject.wrong_pattern' AS check_key) FROM failed_row
        WHERE entity = 'prk_snapshot' AND check_key = 'reject.out_of_range'
    """
    build_partly(home, change=two_reasons)
    reader = SnapshotReader(home)
    rows = {one.key: one.rows for one in owner_queue.queue(reader) if one.kind == "reject"}
    assert (rows["reject.out_of_range"], rows["reject.wrong_pattern"]) == (5, 5)
    assert {one.entity: one.rejected for one in owner_queue.entities(reader)}["prk_snapshot"] == 5
