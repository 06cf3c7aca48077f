"""Notifications around runs: off without settings, never a reason for a run to fail, by Dagster when turned on."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import dagster as dg
import pytest
import yaml
from typer.testing import CliRunner

from orchestration.cli.main import app
from orchestration.notification_triggers import DIGEST, digest_schedule, run_sensors
from orchestration.notifications import send_notifications
from orchestration.run_tags import RUN_ID
from orchestration.verdict import Reason
from sources.contract.loading import load_feeds
from tests.warehouse.ledger_rows import contract, envelope, file
from tests.warehouse.webhook import webhook
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.run_lock import HomeIsBusy

pytestmark = pytest.mark.slow

FEEDS = ("parking",)
NOW = datetime(2023, 7, 4, tzinfo=UTC)


def configure(home: Home, address: str) -> None:
    who = {"name": "停车管理科", "departments": ["*"], "channels": [address]}
    (home.root / "notify.yaml").write_text(yaml.safe_dump({"recipients": [who]}), encoding="utf-8")


def hold(ledger: Ledger) -> None:
    ledger.register_contract([contract()])
    ledger.record_landed(envelope("bheld"), [file()])
    ledger.decide("bheld", "held", reason_zh="空文件，请重报", reason_en="empty file, send again", decided_at=NOW)


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISTRICT_NOTIFY", raising=False)


def test_without_settings_nothing_happens(home: Home, ledger: Ledger) -> None:
    hold(ledger)
    notified = send_notifications(home, FEEDS)
    assert (notified.done, notified.problem) == (None, None)


def test_what_stopped_a_run_and_what_is_held_are_told_once(home: Home, ledger: Ledger) -> None:
    hold(ledger)
    stopped = [Reason("dbt model.x：列不存在", "dbt model.x: no such column")]
    with webhook() as hook:
        configure(home, hook.address)
        for _ in range(2):
            send_notifications(home, FEEDS, stopped=stopped, run_id="r1")
        assert hook.titles == ["未能发布：计算与发布", "批次被扣留：公共停车 · 停车场登记"]
        assert "列不存在" in hook.received[0]["message"]


@pytest.mark.parametrize("text", ["recipients: [", "recipients: []"])
def test_unusable_settings_are_reported_not_raised(home: Home, ledger: Ledger, text: str) -> None:
    (home.root / "notify.yaml").write_text(text, encoding="utf-8")
    notified = send_notifications(home, FEEDS)
    assert notified.problem is not None
    assert str(home.root / "notify.yaml") in notified.problem.zh


def test_a_fault_of_notifying_is_reported_not_raised(
    home: Home, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(home, "json://127.0.0.1:1/x")
    monkeypatch.setattr("orchestration.notifications.open_causes", lambda *_, **__: 1 / 0)
    notified = send_notifications(home, FEEDS)
    assert notified.problem is not None
    assert "ZeroDivisionError" in notified.problem.en


def district(*arguments: str) -> tuple[int, str]:
    answer = CliRunner().invoke(app, ["notify", *arguments])
    return answer.exit_code, answer.output


def test_the_command_shows_sends_and_lists(home: Home, ledger: Ledger) -> None:
    hold(ledger)
    code, said = district()
    assert (code, "docs/notifications.md" in said) == (2, True)
    with webhook() as hook:
        configure(home, hook.address)
        code, said = district("--dry-run")
        assert (code, hook.received) == (0, [])
        assert "空文件，请重报" in said
        hook.status = 500
        assert district()[0] == 1
        hook.status = 200
        code, said = district("--json")
        assert code == 0
        assert [one["state"] for one in json.loads(said)["messages"]] == ["sent"]
    code, said = district("--log", "--json")
    assert [row["state"] for row in json.loads(said)] == ["begun", "failed", "begun", "sent"]


def test_dagster_sends_the_digest_and_listens_to_runs_when_turned_on(home: Home, ledger: Ledger) -> None:
    schedule = digest_schedule({})
    assert (schedule.name, schedule.cron_schedule) == (DIGEST, "30 8 * * *")
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED
    sensors = run_sensors({})
    assert [(sensor.name, sensor.default_status) for sensor in sensors] == [
        ("notify_after_success", dg.DefaultSensorStatus.STOPPED),
        ("notify_after_failure", dg.DefaultSensorStatus.STOPPED),
    ]
    hold(ledger)
    with webhook() as hook:
        configure(home, hook.address)
        job = digest_schedule(load_feeds([])).job
        assert isinstance(job, dg.JobDefinition)
        assert job.execute_in_process().success
        assert [title.split(" ")[0] for title in hook.titles] == ["每日摘要"]


@pytest.mark.parametrize("tags", [{}, {RUN_ID: "r1"}])
def test_a_run_that_could_not_begin_is_told_unless_the_command_tells_it(
    home: Home, ledger: Ledger, instance: dg.DagsterInstance, tags: dict[str, str]
) -> None:
    @dg.resource
    def busy() -> None:
        raise HomeIsBusy("数据目录正被占用", "the home is busy")

    @dg.op(required_resource_keys={"home"})
    def nothing() -> None:
        """Never begins."""

    @dg.job(resource_defs={"home": busy})
    def blocked() -> None:
        nothing()

    hold(ledger)
    ended = blocked.execute_in_process(instance=instance, raise_on_error=False, tags=tags)
    (failure,) = [event for event in ended.all_events if event.event_type == dg.DagsterEventType.RUN_FAILURE]
    _, after_failure = run_sensors({})
    context = dg.build_run_status_sensor_context(
        sensor_name=after_failure.name,
        dagster_event=failure,
        dagster_instance=instance,
        dagster_run=ended.dagster_run,
    ).for_run_failure()
    with webhook() as hook:
        configure(home, hook.address)
        after_failure(context)
        assert ["未能发布：计算与发布" in title for title in hook.titles] == ([] if tags else [True])
        assert tags or "运行未能开始" in hook.received[0]["message"]
