"""Notifications: once for each root cause, quiet while promised, never twice, never a figure without its freshness."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tests.snapshot_fixture import build_snapshot
from tests.warehouse.ledger_rows import check_result, contract, envelope, file
from tests.warehouse.webhook import Webhook, webhook
from warehouse.home import Home
from warehouse.ledger import Ledger, PullProblem
from warehouse.ledger.owner_actions import NewOwnerAction, subject
from warehouse.notify import channels
from warehouse.notify.causes import Cause, Fault, open_causes
from warehouse.notify.delivery import MOST_ATTEMPTS, Round, notify
from warehouse.notify.message import Published, of_cause
from warehouse.notify.settings import NotifyError, NotifySettings, Recipient, load_settings
from warehouse.read import SnapshotReader
from warehouse.read.overview import changes, overview, snapshot_info

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("notify")]  # one small snapshot for all

TODAY = date(2023, 7, 4)
NOW = datetime(2023, 7, 4, 1, 0, tzinfo=UTC)
ENTITIES = {
    "prk_snapshot": ("parking", "construction_commission", "公共停车", "余位快照"),
    "prk_lot": ("parking", "construction_commission", "公共停车", "停车场登记"),
    "hsp_daily_ledger": ("hospital_interconnect", "health_commission", "医院互联", "每日台账"),
    "ecm_return": ("ecommerce_gmv", "commerce_commission", "电商", "月报"),
}


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook() as serving:
        yield serving


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the small snapshot: building one takes seconds, a copy none."""
    made = Home(tmp_path_factory.mktemp("template") / "home").prepare()
    build_snapshot(made)
    return made


@pytest.fixture
def published(home: Home, ledger: Ledger, template: Home) -> Published:
    """The small snapshot (hospital ledger missing, parking snapshots late, S17 held), and its feeds in the ledger."""
    shutil.copytree(template.published, home.published, symlinks=True, dirs_exist_ok=True)
    ledger.register_contract(
        [
            contract(
                entity, feed=feed, department_code=department, feed_label_zh=zh, label_zh=label, feed_label_en=feed
            )
            for entity, (feed, department, zh, label) in ENTITIES.items()
        ]
    )
    reader = SnapshotReader(home)
    return Published(snapshot_info(reader), {row.indicator_code: row for row in overview(reader)}, changes(reader))


class Desk:
    """The ledger and the snapshot as notifying sees them, and rounds of it."""

    def __init__(self, home: Home, ledger: Ledger, published: Published, hook: Webhook) -> None:
        self.home, self.ledger, self.published = home, ledger, published
        self.settings = settings_for(hook.address)
        self.problems: list[PullProblem] = []
        self.faults: list[Fault] = []

    def hold(self, batch_id: str, entity: str = "prk_snapshot", failed_checks: int = 0) -> None:
        feed = ENTITIES[entity][0]
        self.ledger.record_landed(envelope(batch_id, feed=feed, entity=entity), [file(f"{batch_id}.xlsx")])
        self.ledger.decide(
            batch_id,
            "held",
            reason_zh=f"文件 {batch_id}.xlsx：缺少必需的列 空闲泊位",
            reason_en=f"File {batch_id}.xlsx: required column missing",
            checks=[
                check_result(f"check_{n}", feed=feed, entity=entity, outcome="FAILED") for n in range(failed_checks)
            ],
        )

    def promise(self, about: tuple[str, str, str], until: date) -> None:
        feed, entity, what = about
        self.ledger.record_owner_action(
            NewOwnerAction(
                feed=feed,
                entity=entity,
                subject=what,
                action="promised",
                actor="张三",
                actor_source="typed",
                at=NOW,
                promised_on=until,
            )
        )

    def causes(self) -> list[Cause]:
        return open_causes(
            SnapshotReader(self.home),
            self.ledger,
            held=self.ledger.batches(status="held"),
            problems=self.problems,
            faults=self.faults,
        )

    def round(self, today: date = TODAY, **more: Any) -> Round:
        return notify(self.ledger, self.settings, self.causes(), self.published, today=today, **more)

    def states(self, today: date = TODAY, **more: Any) -> list[str]:
        return [one.state for one in self.round(today, **more).delivered]


def settings_for(*addresses: str, departments: Sequence[str] = ("construction_commission",)) -> NotifySettings:
    who = Recipient(name="停车管理科", departments=tuple(departments), channels=addresses)
    return NotifySettings(app_address="https://metrics.changning.example/app/", recipients=(who,))


@pytest.fixture
def desk(home: Home, ledger: Ledger, published: Published, hook: Webhook) -> Desk:
    return Desk(home, ledger, published, hook)


def test_a_held_batch_its_checks_and_the_delivery_that_it_makes_missing_are_one_message(
    desk: Desk, hook: Webhook
) -> None:
    desk.hold("bheld", failed_checks=3)
    assert desk.states() == ["sent", "sent"]
    assert hook.titles == ["批次被扣留：公共停车 · 余位快照", "指标暂停发布：1 项指标"]
    text = hook.received[0]["message"]
    assert "缺少必需的列 空闲泊位" in text
    assert "未通过的检查共 3 项" in text
    assert "应报截至 2023-06-30 的数据" in text
    assert "https://metrics.changning.example/app/batch?batch=bheld" in text
    assert text.index("处理：") < text.index("———") < text.index("batch held")  # Chinese first


def test_departments_hear_of_their_own_feeds_and_what_nobody_hears_is_reported(desk: Desk, hook: Webhook) -> None:
    done = desk.round()
    assert hook.titles == ["报送缺失：公共停车", "指标暂停发布：1 项指标"]
    assert {(one.kind, one.feed) for one in done.unheard} == {
        ("missing_delivery", "hospital_interconnect"),
        ("failed_checks", "ecommerce_gmv"),
    }


def test_every_figure_says_its_period_its_day_and_how_fresh_it_is(desk: Desk) -> None:
    desk.hold("bheld")
    for cause in desk.causes():
        text = of_cause(cause, desk.published, None).body
        figures = [line for line in text.splitlines() if "，时效：" in line or ", freshness: " in line]
        assert len(figures) >= 2 * bool(cause.indicators)
        for code in cause.indicators:
            row = desk.published.rows[code]
            if row.value is None:
                continue
            for line in (line for line in figures if line.startswith((f"· {row.name_zh} ", f"· {row.name_en} "))):
                assert str(desk.published.info.as_of) in line
                assert "数据期" in line or "period" in line
                late = row.freshness not in ("on_time", "not_due")
                assert ("不是最新" in line or "not the newest" in line) == late
                assert ("此前的数值" in line or "an earlier figure" in line) == (row.status == "held")


def test_what_was_told_is_not_told_again_and_only_what_is_new_is(desk: Desk, hook: Webhook) -> None:
    desk.hold("bheld1")
    assert desk.states() == ["sent", "sent"]
    assert desk.states() == []
    desk.hold("bheld2")
    assert desk.states() == ["sent"]
    assert "bheld2.xlsx" in hook.received[-1]["message"]
    assert "bheld1.xlsx" not in hook.received[-1]["message"]


@pytest.mark.parametrize(
    ("prepare", "about", "title"),
    [
        (lambda desk: desk.hold("bheld"), ("parking", "prk_snapshot", subject("batch", "bheld")), "批次被扣留"),
        (lambda desk: None, ("parking", "prk_snapshot", subject("due", "2023-06-30")), "报送缺失"),
    ],
)
def test_it_is_quiet_until_the_promised_day_is_over(
    desk: Desk, hook: Webhook, prepare: Callable[[Desk], None], about: tuple[str, str, str], title: str
) -> None:
    prepare(desk)
    desk.promise(about, date(2023, 7, 6))
    desk.round(date(2023, 7, 4))
    desk.round(date(2023, 7, 6))
    assert not any(told.startswith(title) for told in hook.titles)
    desk.round(date(2023, 7, 7))
    desk.round(date(2023, 7, 8))
    told = [message for message, found in zip(hook.received, hook.titles, strict=True) if found.startswith(title)]
    assert len(told) == 1
    assert "承诺 2023-07-06 前解决，已过期" in told[0]["message"]


def test_many_causes_at_once_are_one_message(desk: Desk, hook: Webhook) -> None:
    desk.settings = settings_for(hook.address, departments=["*"])
    desk.faults = [Fault("run-1", "步骤 build 失败", "step build failed")]
    desk.hold("bheld", entity="prk_lot")
    assert desk.states() == ["sent"]
    assert hook.titles == ["6 项需要处理"]
    assert desk.states() == []


def test_a_source_that_is_down_explains_what_it_does_not_deliver(desk: Desk, hook: Webhook) -> None:
    desk.problems = [
        PullProblem("run-1", "parking", "prk_snapshot", f"接口 超时 {n} 秒", f"timeout {n} s", NOW) for n in (5, 6)
    ]
    desk.round()
    assert hook.titles == ["数据源无法读取：公共停车", "指标暂停发布：1 项指标"]
    assert "已逾期 2 天" in hook.received[0]["message"]


def test_a_crash_after_sending_does_not_send_again(desk: Desk, hook: Webhook) -> None:
    class Killed(BaseException):
        pass

    def send_and_die(channel: str, title: str, body: str) -> str | None:
        channels.send(channel, title, body)
        raise Killed

    with pytest.raises(Killed):
        desk.round(send=send_and_die)
    assert len(hook.received) == 1
    assert desk.states() == ["sent"]  # the other cause; the first one may have arrived
    assert len(set(hook.titles)) == len(hook.titles) == 2


def test_a_crash_before_sending_loses_no_message(desk: Desk, hook: Webhook, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def die(channel: str, title: str, body: str) -> str | None:
        raise Killed

    monkeypatch.setenv("DISTRICT_NOW", "2023-07-03T09:00:00+08:00")
    for _ in range(2):
        with pytest.raises(Killed):
            desk.round(send=die)
    assert hook.titles == []
    assert desk.states() == [], "they may be on their way still"

    monkeypatch.setenv("DISTRICT_NOW", "2023-07-03T09:11:00+08:00")
    assert desk.states() == ["sent", "sent"]
    assert all("可能重复" in message["message"] for message in hook.received)
    monkeypatch.setenv("DISTRICT_NOW", "2023-07-03T10:11:00+08:00")
    assert desk.states() == [], "once more, and not for ever"


def test_two_at_once_send_one_message(desk: Desk, hook: Webhook) -> None:
    causes = desk.causes()

    def send(channel: str, title: str, body: str) -> str | None:
        desk.round()  # another process, at the worst moment
        return channels.send(channel, title, body)

    notify(desk.ledger, desk.settings, causes, desk.published, today=TODAY, send=send)
    assert len(set(hook.titles)) == len(hook.titles) == 2


def test_a_failure_is_logged_with_its_reason_and_tried_again(desk: Desk, hook: Webhook) -> None:
    hook.status = 503
    assert desk.states() == ["failed", "waiting"]  # a channel that is down is not asked for every message
    assert "503" in (desk.ledger.notifications()[-1].error or "")
    hook.status = 200
    assert desk.states() == ["sent", "sent"]
    assert [row.state for row in desk.ledger.notifications()] == ["begun", "failed", "begun", "sent", "begun", "sent"]


def test_a_channel_that_fails_for_ever_is_given_up_until_the_digest(desk: Desk) -> None:
    for _ in range(MOST_ATTEMPTS):
        assert desk.states(send=lambda *_: "down / down")[0] == "failed"
    assert desk.states(send=lambda *_: "down / down")[0] == "given_up"
    assert desk.states(digest=True) == ["sent"]


def test_a_figure_held_again_is_told_when_it_is_about_another_period(desk: Desk, hook: Webhook) -> None:
    desk.settings = settings_for(hook.address, departments=["*"])

    def round_with(period: str, measured: int) -> list[str]:
        current = desk.home.current_snapshot
        other = current.resolve().with_name(f"of-{period[:7]}-{measured}.duckdb")  # readers keep a file open
        shutil.copy(current.resolve(), other)
        with duckdb.connect(str(other)) as connection:
            reason = f"已发布的 {period} 数值由 {measured} 变为 1，变动较大"
            connection.execute("UPDATE indicator SET held_reason_zh = ? WHERE indicator_code = 'S17'", [reason])
        current.unlink()
        current.symlink_to(other.name)
        return [one.title for one in desk.round().delivered if reason in one.body]

    assert len(round_with("2023-05-01/2023-05-31", 80)) == 1
    assert round_with("2023-05-01/2023-05-31", 81) == [], "the same, measured again"
    assert len(round_with("2023-09-01/2023-09-30", 80)) == 1


def test_what_was_given_up_does_not_silence_what_comes_later(desk: Desk, hook: Webhook) -> None:
    desk.hold("b1")
    for _ in range(MOST_ATTEMPTS):
        desk.states(send=lambda *_: "down / down")
    assert "given_up" in desk.states()
    desk.hold("b2")  # of the same entity, so of the same cause
    told = [one for one in desk.round().delivered if "b2.xlsx" in one.body]
    assert [one.state for one in told] == ["sent"]
    assert "b1.xlsx" in told[0].body


def test_a_server_that_never_answers_costs_its_time_limit_and_no_more(
    desk: Desk, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "_WHOLE_SECONDS", 0.2)
    channels.send(hook.address, "warm", "up")  # importing apprise is not what is measured
    hook.silent = True
    began = time.monotonic()
    assert desk.states() == ["failed", "waiting"]
    assert time.monotonic() - began < 5
    assert "没有回应" in (desk.ledger.notifications()[-1].error or "")


def test_the_digest_comes_once_a_day_and_names_a_publication_once(desk: Desk, hook: Webhook) -> None:
    desk.promise(("parking", "prk_snapshot", subject("due", "2023-06-30")), date(2023, 7, 6))
    assert desk.states(digest=True) == ["sent"]
    assert desk.states(digest=True) == []
    assert desk.states(date(2023, 7, 5), digest=True) == ["sent"]
    first, second = (message["message"] for message in hook.received)
    assert "报送缺失：公共停车，承诺 2023-07-06 前解决" in first
    assert ("次发布更新或修订的指标" in first, "次发布更新或修订的指标" in second) == (True, False)


def test_a_dry_run_sends_and_logs_nothing(desk: Desk, hook: Webhook) -> None:
    assert desk.states(dry_run=True) == ["shown", "shown"]
    assert (hook.received, desk.ledger.notifications()) == ([], [])


def test_before_the_first_publication_held_batches_are_told_without_figures(
    home: Home, ledger: Ledger, hook: Webhook
) -> None:
    ledger.register_contract([contract()])
    ledger.record_landed(envelope("bheld"), [file()])
    ledger.decide("bheld", "held", reason_zh="空文件", reason_en="empty file")
    found = open_causes(None, ledger, held=ledger.batches(status="held"), problems=[])
    done = notify(ledger, settings_for(hook.address), found, None, today=TODAY)
    assert [one.state for one in done.delivered] == ["sent"]
    assert "时效" not in hook.received[0]["message"]


# --- settings --------------------------------------------------------------------------------------------------------


def test_secrets_come_from_the_environment_and_stay_out_of_the_log(
    desk: Desk, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.settings = settings_for(hook.address.replace("json://", "json://${HOOK_USER}:${HOOK_PASSWORD}@"))
    monkeypatch.delenv("HOOK_USER", raising=False)
    monkeypatch.delenv("HOOK_PASSWORD", raising=False)
    assert desk.states()[0] == "failed"
    assert "HOOK_PASSWORD、HOOK_USER 未设置" in (desk.ledger.notifications()[-1].error or "")
    monkeypatch.setenv("HOOK_USER", "robot")
    monkeypatch.setenv("HOOK_PASSWORD", "s3cr3t-word")
    hook.status = 500
    assert desk.states()[0] == "failed"
    hook.status = 200
    assert desk.states() == ["sent", "sent"]
    assert "s3cr3t" not in str(desk.ledger.notifications())


WHO: dict[str, Any] = {"name": "a", "departments": ["*"], "channels": ["json://x"]}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("recipients: [", "不是可读的 UTF-8 YAML"),
        ({"recipients": []}, "recipients"),
        ({"recipients": [WHO | {"chanels": []}]}, "recipients.0.chanels"),
        ({"recipients": [WHO | {"wants": ["poems"]}]}, "recipients.0.wants"),
        ({"recipients": [WHO, WHO]}, "接收人 a 重复"),
        ({"recipients": [WHO], "app_address": "metrics"}, "app_address"),
    ],
)
def test_a_mistake_in_the_settings_is_named_with_file_and_place(home: Home, content: Any, says: str) -> None:
    path = home.root / "notify.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(NotifyError) as refused:
        load_settings(home)
    assert str(path) in refused.value.zh
    assert says in refused.value.zh
    assert refused.value.en


def test_settings_are_found_in_the_home_or_where_the_environment_says(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISTRICT_NOTIFY", raising=False)
    assert load_settings(home) is None
    elsewhere = tmp_path / "who.yaml"
    monkeypatch.setenv("DISTRICT_NOTIFY", str(elsewhere))
    with pytest.raises(NotifyError, match="不存在"):
        load_settings(home)
    elsewhere.write_text(yaml.safe_dump({"recipients": [WHO]}), encoding="utf-8")
    found = load_settings(home)
    assert found is not None
    assert [who.name for who in found.recipients] == ["a"]
