"""When Dagster sends notifications: after runs that it started, and a digest every morning.

Belongs here: sensors and the schedule. Does not belong here: gathering and sending (`notifications.py`).
"""

# No postponed annotations here: Dagster reads the types of a step's parameters when the step is defined.

import logging
from collections.abc import Mapping

import dagster as dg

from orchestration.notifications import Notified, send_notifications
from orchestration.run_tags import RunTags
from orchestration.verdict import Reason
from sources.contract.feed import Feed
from warehouse.district import district
from warehouse.home import Home

DIGEST = "notification_digest"
# After the deadlines of the evening and the runs of the night, before offices open at nine.
_DIGEST_CRON = "30 8 * * *"


def run_sensors(feeds: Mapping[str, Feed]) -> list[dg.SensorDefinition]:
    """`notify_after_success` and `notify_after_failure`: for runs that Dagster starts; off until someone turns them on.

    `district run` notifies by itself: its Dagster runs are left alone.
    """

    @dg.run_status_sensor(
        name="notify_after_success",
        run_status=dg.DagsterRunStatus.SUCCESS,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="运行成功后发送通知 / notifies after a run that succeeded",
    )
    def notify_after_success(context: dg.RunStatusSensorContext) -> None:
        if RunTags.of_command(context.dagster_run.tags):
            return
        _log(context.log, send_notifications(Home.from_environment(), feeds, run_id=context.dagster_run.run_id))

    @dg.run_failure_sensor(
        name="notify_after_failure",
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="运行失败后发送通知 / notifies after a run that failed",
    )
    def notify_after_failure(context: dg.RunFailureSensorContext) -> None:
        if RunTags.of_command(context.dagster_run.tags):
            return
        failed = context.get_step_failure_events()
        # The verdict of a run is told by its causes; any other failed step kept it from building or publishing.
        stopped = [
            Reason(f"步骤 {event.step_key} 失败：{_said(event)}", f"step {event.step_key} failed: {_said(event)}")
            for event in failed
            if event.step_key != "run_outcome"
        ]
        if not failed:  # before the first step: the home is busy, or cannot be opened
            said = (context.failure_event.message or "").strip()
            stopped = [Reason(f"运行未能开始：{said}", f"the run could not begin: {said}")]
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
