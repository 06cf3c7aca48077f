"""When notifications go out: after every run, and a digest every morning.

Belongs here: gathering what a run knows, Dagster's sensors and schedule. Does not belong here: what is wrong, whom to
tell, sending (`warehouse.notify`). Notifying needs no lock and never turns a run red: what cannot be sent is told,
logged and tried again.
"""

# No postponed annotations here: Dagster reads the types of a step's parameters when the step is defined.

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from orchestration.verdict import Reason, open_held_batches
from sources.contract.feed import Feed
from warehouse import clock
from warehouse.district import district
from warehouse.home import Home
from warehouse.ledger import Ledger, PullProblem
from warehouse.notify.causes import Fault, open_causes
from warehouse.notify.delivery import Round, notify
from warehouse.notify.message import Published
from warehouse.notify.settings import NotifyError, load_settings
from warehouse.read import NothingPublished, SnapshotReader
from warehouse.read.overview import changes, overview, snapshot_info

DIGEST = "notification_digest"
# After the deadlines of the evening and the runs of the night, before offices open at nine.
_DIGEST_CRON = "30 8 * * *"


@dataclass(frozen=True, slots=True)
class Notified:
    """What came of one round. `done` None: nobody is configured (`problem` None), or the settings cannot be used."""

    done: Round | None
    problem: Reason | None = None


def send_notifications(
    home: Home,
    feeds: Collection[str],
    *,
    stopped: Sequence[Reason] = (),
    run_id: str = "",
    digest: bool = False,
    dry_run: bool = False,
) -> Notified:
    """Tell recipients what is new, or with `digest` what is open. Never raises for settings, network or channels.

    `stopped` is what kept run `run_id` from building or publishing; deliveries, figures and sources are looked up.
    """
    try:
        settings = load_settings(home)
    except NotifyError as error:
        return Notified(None, Reason(error.zh, error.en))
    if settings is None:
        return Notified(None)
    try:
        with Ledger.of(home) as ledger:
            reader, published = _published(home)
            found = open_causes(
                reader,
                ledger,
                held=open_held_batches(ledger, feeds),
                problems=_last_problems(ledger, feeds),
                faults=[Fault(run_id, reason.zh, reason.en) for reason in stopped],
            )
            today = clock.today(district().time_zone)
            return Notified(notify(ledger, settings, found, published, today=today, digest=digest, dry_run=dry_run))
    except Exception as error:  # noqa: BLE001 - a fault of notifying must not become a fault of the run
        said = f"{type(error).__name__}: {error}"
        return Notified(None, Reason(f"通知未能完成：{said}", f"notifying failed: {said}"))


def _published(home: Home) -> tuple[SnapshotReader | None, Published | None]:
    try:
        reader = SnapshotReader(home)
    except NothingPublished:
        return None, None
    rows = {row.indicator_code: row for row in overview(reader)}
    return reader, Published(snapshot_info(reader), rows, changes(reader))


def _last_problems(ledger: Ledger, feeds: Collection[str]) -> list[PullProblem]:
    """What the newest run could not read; an earlier run's problems are over, or are its problems too."""
    runs = ledger.runs()
    newest = max(runs, key=lambda run: run.started_at, default=None)
    return [] if newest is None else [one for one in ledger.problems(newest.run_id) if one.feed in feeds]


def run_sensors(feeds: Mapping[str, Feed]) -> list[dg.SensorDefinition]:
    """`notify_after_success` and `notify_after_failure`: for runs that Dagster starts; off until someone turns them on.

    `district run` notifies by itself; that both look at one run is harmless, because everything is told once.
    """

    @dg.run_status_sensor(
        name="notify_after_success",
        run_status=dg.DagsterRunStatus.SUCCESS,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="运行成功后发送通知 / notifies after a run that succeeded",
    )
    def notify_after_success(context: dg.RunStatusSensorContext) -> None:
        _log(context.log, send_notifications(Home.from_environment(), feeds, run_id=context.dagster_run.run_id))

    @dg.run_failure_sensor(
        name="notify_after_failure",
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="运行失败后发送通知 / notifies after a run that failed",
    )
    def notify_after_failure(context: dg.RunFailureSensorContext) -> None:
        # The verdict of a run is told by its causes; any other failed step kept it from building or publishing.
        stopped = [
            Reason(f"步骤 {event.step_key} 失败：{_said(event)}", f"step {event.step_key} failed: {_said(event)}")
            for event in context.get_step_failure_events()
            if event.step_key != "run_outcome"
        ]
        home = Home.from_environment()
        _log(context.log, send_notifications(home, feeds, stopped=stopped, run_id=context.dagster_run.run_id))

    return [notify_after_success, notify_after_failure]


def digest_schedule(feeds: Mapping[str, Feed]) -> dg.ScheduleDefinition:
    """`notification_digest`: every morning, what is open; off until someone turns it on."""

    @dg.op(name="send_digest", description="发送每日摘要 / Send the daily digest")
    def send_digest(context: dg.OpExecutionContext) -> None:
        _log(context.log, send_notifications(Home.from_environment(), feeds, digest=True))

    @dg.job(name=DIGEST, description="每日摘要 / The daily digest")
    def notification_digest() -> None:
        send_digest()

    return dg.ScheduleDefinition(
        name=DIGEST,
        job=notification_digest,
        cron_schedule=_DIGEST_CRON,
        execution_timezone=district().zone,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="每日 8:30 发送摘要 / the digest, at half past eight",
    )


def _said(event: dg.DagsterEvent) -> str:
    error = event.step_failure_data.error
    return (error.cause or error).message.strip() if error else ""


def _log(log: logging.Logger, notified: Notified) -> None:
    if notified.problem is not None:
        log.warning(str(notified.problem))
    for one in notified.done.delivered if notified.done else ():
        told = log.info if one.state == "sent" else log.warning
        told(f"{one.recipient} ({one.channel}) {one.state}: {one.title}{f' – {one.error}' if one.error else ''}")
