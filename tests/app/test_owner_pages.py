"""The owner's page and what owners say on the leaders' pages, as Streamlit runs them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from app import follow_up
from tests.app.reading_pages import markup, open_page, problems, text
from tests.snapshot_fixture import build_snapshot
from warehouse import owner_desk
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.owner_desk import NewOwnerAction

pytestmark = pytest.mark.slow

DEPARTMENT = "construction_commission"
HELD = "parking/prk_event/batch/bprk_event03"
REJECTED = "parking/prk_snapshot/reject/out_of_range"
EXPLAINED = NewOwnerAction(
    feed="parking",
    entity="prk_event",
    subject="batch/bprk_event03",
    action="explained",
    explanation="机房断电，漏传半日",
    actor="李敏",
    actor_source="typed",
    at=datetime(2023, 7, 1, 1, tzinfo=UTC),
)
PROMISED = replace(EXPLAINED, action="promised", explanation=None, promised_on=date(2023, 7, 5))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    made = Home(tmp_path / "home")
    build_snapshot(made)
    monkeypatch.setenv("DISTRICT_HOME", str(made.root))
    monkeypatch.setenv("DISTRICT_NOW", "2023-07-01T09:00:00+08:00")
    follow_up.forget()
    return made


def test_without_a_department_the_page_asks_for_it(home: Home) -> None:
    page = open_page("owner")
    assert problems(page) == []
    assert "请选择部门" in text(page)


def test_the_queue_and_the_tables_of_a_department(home: Home) -> None:
    page = open_page("owner", department=DEPARTMENT)
    assert problems(page) == []
    shown = text(page)
    assert shown.index("prk_event_20230623.csv") < shown.index("我的数据")
    assert "剩余泊位大于总泊位" in shown
    assert "5 行" in shown


def test_a_whole_batch_says_why_and_offers_no_rows(home: Home) -> None:
    shown = text(open_page("owner", department=DEPARTMENT, item=HELD))
    assert "声明 500 行，实读 125 行" in shown
    assert "按原渠道整份重报" in shown or "下载更正表改正" in shown


def test_an_item_shows_rule_place_and_masked_values(home: Home) -> None:
    page = open_page("owner", department=DEPARTMENT, item=REJECTED)
    assert problems(page) == []
    shown = text(page)
    for part in ("剩余泊位大于总泊位", "prk_snapshot_20230623.csv", "第 11 行", "***", "无须重报整份文件"):
        assert part in shown, part
    english = text(open_page("owner", department=DEPARTMENT, item=REJECTED, lang="en"))
    assert "more free spaces than spaces" in english


def test_an_item_that_is_settled_says_so(home: Home) -> None:
    assert "已不在待办中" in text(open_page("owner", department=DEPARTMENT, item="parking/prk_lot/reject/none"))


def test_an_explanation_is_on_the_leaders_pages_at_once(home: Home) -> None:
    assert "机房断电" not in text(open_page("overview"))
    owner_desk.say(home, EXPLAINED)
    owner_desk.say(home, PROMISED)
    follow_up.forget()
    with Ledger.of(home) as ledger:
        assert len(ledger.owner_actions()) == 2
    said = "机房断电，漏传半日 · 承诺 2023-07-05"
    assert f"部门说明：{said}" in text(open_page("overview"))
    uses = owner_desk.standing(home)["parking", "prk_event", "batch/bprk_event03"]
    assert (uses.promised_on, uses.resolved) == (date(2023, 7, 5), False)
    assert said in text(open_page("owner", department=DEPARTMENT))
    owner_desk.say(home, replace(EXPLAINED, action="resolved", explanation="已重报"))
    follow_up.forget()
    assert "机房断电" not in text(open_page("overview"))


def test_what_is_resolved_is_folded_until_a_newer_batch_fails_the_rule(home: Home) -> None:
    resolved = replace(EXPLAINED, entity="prk_snapshot", subject="reject/out_of_range", action="resolved")
    owner_desk.say(home, replace(resolved, at=datetime(2023, 6, 29, tzinfo=UTC)))  # the batch was decided on the 30th
    follow_up.forget()
    assert "已标为解决" not in text(open_page("owner", department=DEPARTMENT))
    owner_desk.say(home, resolved)
    follow_up.forget()
    assert "<summary>已标为解决（1 项）</summary>" in markup(open_page("owner", department=DEPARTMENT))


def test_a_broken_promise_is_told_as_one(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    owner_desk.say(home, PROMISED)
    monkeypatch.setenv("DISTRICT_NOW", "2023-07-06T09:00:00+08:00")
    follow_up.forget()
    assert "承诺 2023-07-05，已过期" in text(open_page("owner", department=DEPARTMENT))


def test_the_form_records_what_is_said_and_refuses_what_lacks_its_words(home: Home) -> None:
    page = open_page("owner", department=DEPARTMENT, item=HELD)
    page.text_input[0].set_value("王芳")
    page.button[0].click().run()
    assert "请写明原因再提交" in page.warning[0].value
    page.text_area[0].set_value("设备检修")
    page.button[0].click().run()
    assert problems(page) == []
    assert "王芳 说明：设备检修" in text(page)
    with Ledger.of(home) as ledger:
        assert [(row.actor, row.explanation, row.actor_source) for row in ledger.owner_actions()] == [
            ("王芳", "设备检修", "typed")
        ]


def test_a_day_given_with_the_explanation_is_a_promise(home: Home) -> None:
    page = open_page("owner", department=DEPARTMENT, item=HELD)
    page.text_input[0].set_value("王芳")
    page.text_area[0].set_value("设备检修")
    page.date_input[0].set_value(date(2023, 7, 4))
    page.button[0].click().run()
    assert problems(page) == []
    with Ledger.of(home) as ledger:
        assert [(row.action, row.explanation, row.promised_on) for row in ledger.owner_actions()] == [
            ("promised", "设备检修", date(2023, 7, 4))
        ]


def test_pages_are_whole_when_the_ledger_is_damaged(home: Home) -> None:
    (home.root / "ledger.sqlite").write_bytes(b"no database" * 200)
    follow_up.forget()
    assert problems(open_page("overview")) == []
    assert problems(open_page("owner", department=DEPARTMENT)) == []


def test_the_proxys_name_is_believed_only_where_the_setting_names_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    headers = {"X-Forwarded-User": "chen.jie"}
    monkeypatch.setattr("streamlit.context", SimpleNamespace(headers=headers))
    monkeypatch.delenv(follow_up.PROXY_HEADER, raising=False)
    assert follow_up.vouched_actor() is None
    monkeypatch.setenv(follow_up.PROXY_HEADER, "X-Forwarded-User")
    assert follow_up.vouched_actor() == follow_up.Actor("chen.jie", vouched=True)
    headers.clear()
    assert follow_up.vouched_actor() is None
