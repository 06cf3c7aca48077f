"""One `district run`: Dagster jobs executed in this process, and what came of them.

Belongs here: the order of the jobs, skipping what would change nothing, telling a bad delivery from a fault of ours.
Does not belong here: what a step does, printing (`cli/`).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import date, datetime

import dagster as dg

from orchestration import build_state
from orchestration.feeds import raw_assets, raw_key
from orchestration.instance import prepare_instance
from orchestration.jobs import BUILD, OUTCOME, PULL, pull_jobs
from orchestration.layers import build_log, manifest_path, run_results
from orchestration.outcome import outcome_asset
from orchestration.progress import step_logger
from orchestration.publish import newest_decision
from orchestration.resources import HomeResource
from orchestration.run_tags import RunTags
from orchestration.verdict import Reason, Verdict, judge
from orchestration.writing import writing
from sources.contract.feed import Feed
from warehouse import clock
from warehouse.home import Home
from warehouse.ledger import Batch, Ledger
from warehouse.publish.publishing import publish
from warehouse.publish.report import PublishRefused, PublishReport
from warehouse.publish.report import Reason as PublishReason

_COMMAND = {"district/command": "run"}


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did. `batches` are those decided in it; `faults` are errors of ours, not of a delivery."""

    run_id: str
    as_of: date
    started_at: datetime
    batches: Sequence[Batch]
    verdict: Verdict
    faults: Sequence[Reason]
    built: bool
    stopped: Sequence[Reason] = ()
    """Of the verdict, what kept the run from building or publishing though nothing is broken."""

    @property
    def exit_code(self) -> int:
        """0 fine, 1 a batch is held, a source unreachable or a blocking check failed, 3 a fault of ours."""
        return 3 if self.faults else 0 if self.verdict.fine else 1


def run_district(
    home: Home,
    feeds: Mapping[str, Feed],
    *,
    chosen: Sequence[str] = (),
    as_of: date,
    period: tuple[date, date] | None = None,
    reasons: Mapping[str, PublishReason] | None = None,
    full: bool = False,
) -> RunReport:
    """Pull `chosen` feeds (none = all), then build, publish and judge.

    `period` (both days inclusive) asks for the deliveries of those days again; None = whatever is new. Building is
    skipped when no batch was decided, and neither contracts, code nor `as_of` differ from the last clean build, unless
    `full` (then it starts from nothing). `reasons` (indicator code -> why) let large changes of published figures
    through. Raises warehouse.run_lock.HomeIsBusy when another run writes to the home.
    """
    prepare_instance(home)
    with writing(home), Ledger.of(home) as ledger, dg.DagsterInstance.get() as instance:
        _bury_killed_runs(instance)
        started_at = clock.now()
        run_id = new_run_id("r")
        tags = RunTags(run_id, as_of, period, tuple(chosen), reasons or {})
        ledger.start_run(run_id, as_of=as_of, started_at=started_at)
        names = list(chosen or feeds)

        faults = _pull(instance, feeds, names, tags)
        stopped: list[Reason] = []
        if full:
            build_state.forget(home)
        build = bool(reasons) or not _built_already(home, ledger, feeds, as_of)
        if build:
            found, stopped = _build(instance, home, tags)
            faults += found
        elif _signed_since(ledger):
            try:
                publish_as_built(home, ledger, as_of=as_of, run_id=run_id)
            except PublishRefused as refused:
                stopped = [Reason(refused.zh, refused.en)]
        built = build_state.read(home)
        standing = judge(home, ledger, {run_id, built.run_id} if built else {run_id}, names)
        verdict = Verdict((*stopped, *standing.reasons))
        if not build and not verdict.fine:
            _execute(instance, _light_definitions(feeds), OUTCOME, tags)  # so that Dagster, too, shows red
        report = RunReport(
            run_id=run_id,
            as_of=as_of,
            started_at=started_at,
            batches=ledger.batches(decided_since=started_at),
            verdict=verdict,
            faults=faults,
            built=build,
            stopped=stopped,
        )
        outcome = "fault" if faults else "fine" if verdict.fine else "blocked"
        ledger.finish_run(run_id, outcome=outcome, exit_code=report.exit_code)
        return report


def new_run_id(kind: str) -> str:
    """The id of a run that begins now: 'r' a whole run, 'p' publishing alone."""
    return f"{kind}{clock.now():%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:4]}"


def publish_as_built(
    home: Home, ledger: Ledger, *, as_of: date, run_id: str, reasons: Mapping[str, PublishReason] | None = None
) -> PublishReport:
    """Publish what the last build left, without building; the caller holds the home."""
    return publish(
        home, ledger, as_of=as_of, run_id=run_id, manifest_path=manifest_path(home), reasons=dict(reasons or {})
    )


def _signed_since(ledger: Ledger) -> bool:
    """Whether somebody signed after the last publication: pages do not show it yet."""
    published, signed = ledger.snapshots(state="published"), ledger.sign_offs()
    return bool(published and signed) and signed[-1].signed_at > published[-1].published_at


def _built_already(home: Home, ledger: Ledger, feeds: Mapping[str, Feed], as_of: date) -> bool:
    fingerprint = build_state.build_fingerprint(feed.contract_sha256 for feed in feeds.values())
    return build_state.is_current(home, fingerprint, decision=newest_decision(ledger), as_of=as_of.isoformat())


def _pull(instance: dg.DagsterInstance, feeds: Mapping[str, Feed], names: Sequence[str], tags: RunTags) -> list[Reason]:
    keys = [raw_key(name, entity) for name in names for entity in feeds[name].entities]
    result = _execute(instance, _light_definitions(feeds), PULL, tags, keys)
    return [_fault(event) for event in result.filter_events(lambda event: event.is_step_failure)]


def _build(instance: dg.DagsterInstance, home: Home, tags: RunTags) -> tuple[list[Reason], list[Reason]]:
    """Faults of ours; and what kept us from publishing though nothing is broken: failed data tests, a refusal."""
    from orchestration.definitions import build_definitions  # imports dagster-dbt: seconds that a quiet run saves

    # dbt's own words go to a file: standard output holds the result of the command.
    with build_log(home).open("w", encoding="utf-8") as log, redirect_stdout(log):
        result = _execute(instance, build_definitions(), BUILD, tags)
    broken, failed_tests = ([], []) if result.success else _dbt_results(home)
    faults, refused = [], []
    for event in result.filter_events(lambda event: event.is_step_failure):
        told = event.step_failure_data.user_failure_data
        told_by_dbt = bool(broken or failed_tests) and str(event.step_key).startswith("build_")
        if told_by_dbt or event.step_key == "run_outcome":  # the latter is said by the verdict
            continue
        if told and {"zh", "en"} <= set(told.metadata):
            refused.append(Reason(str(told.metadata["zh"].value), str(told.metadata["en"].value)))
        else:
            faults.append(_fault(event))
    return [*broken, *faults], [*failed_tests, *refused]


def _light_definitions(feeds: Mapping[str, Feed]) -> dg.Definitions:
    """The part of the definitions that needs no dbt; same keys, same jobs."""
    return dg.Definitions(
        assets=[*raw_assets(feeds), outcome_asset(feeds)],
        jobs=pull_jobs(),
        resources={"home": HomeResource()},
        loggers={"console": step_logger},
    )


def _execute(
    instance: dg.DagsterInstance,
    definitions: dg.Definitions,
    job: str,
    tags: RunTags,
    assets: Sequence[dg.AssetKey] | None = None,
) -> dg.ExecuteInProcessResult:
    """Run a job to its end; raises KeyboardInterrupt when the user or the system asked us to stop."""
    result = definitions.resolve_job_def(job).execute_in_process(
        instance=instance,
        run_config={"loggers": {"console": {}}},
        tags=tags.to_dagster() | _COMMAND,
        asset_selection=assets,
        raise_on_error=False,
    )
    for event in result.filter_events(lambda event: event.is_step_failure):
        error = event.step_failure_data.error
        if error and error.cls_name == dg.DagsterExecutionInterruptedError.__name__:
            raise KeyboardInterrupt
    return result


def _fault(event: dg.DagsterEvent) -> Reason:
    """A step that failed by itself."""
    error = event.step_failure_data.error
    cause = (error.cause or error).message.strip() if error else ""
    return Reason(f"步骤 {event.step_key} 出错：{cause}", f"step {event.step_key} failed: {cause}")


def _dbt_results(home: Home) -> tuple[list[Reason], list[Reason]]:
    """Models that broke and tests that failed, in the layer at which the build stopped."""
    broken, failed = [], []
    file = run_results(home)
    for one in json.loads(file.read_text(encoding="utf-8"))["results"] if file.exists() else []:
        name, message = one["unique_id"], (one.get("message") or "").strip()
        if one["status"] == "error":
            broken.append(Reason(f"dbt {name}：{message}", f"dbt {name}: {message}"))
        elif one["status"] == "fail":
            failed.append(Reason(f"dbt 检验未通过 {name}：{message}", f"dbt test failed {name}: {message}"))
    return broken, failed


def _bury_killed_runs(instance: dg.DagsterInstance) -> None:
    """We hold the home, so a run of ours that Dagster believes to be running was killed."""
    alive = [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
    for run in instance.get_runs(dg.RunsFilter(statuses=alive, tags=_COMMAND)):
        instance.report_run_failed(run, "进程已终止 / its process was killed")
    # Its steps keep their places in the pools: the next run would wait for them for ever.
    storage = instance.event_log_storage
    for run_id in storage.get_concurrency_run_ids() if storage.supports_global_concurrency_limits else ():
        holder = instance.get_run_by_id(run_id)
        if holder is None or holder.is_finished:
            storage.free_concurrency_slots_for_run(run_id)
