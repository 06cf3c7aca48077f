"""Dagster jobs executed in this process for `district run`, and what Dagster says of them in our words.

Belongs here: executing a job, telling a fault of ours from what kept a build from publishing, closing the records of
killed runs. Does not belong here: whether a job is needed (`runs.py`), what a step does. Importing this module imports
Dagster: a run with nothing new never does.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import redirect_stdout

import dagster as dg

from orchestration.changed_models import Changes
from orchestration.feeds import raw_assets, raw_key
from orchestration.jobs import BUILD, OUTCOME, PULL, pull_jobs
from orchestration.layers import build_log, run_results
from orchestration.outcome import OUTCOME_KEY, outcome_asset
from orchestration.progress import step_logger
from orchestration.pull_processes import Pulling
from orchestration.resources import HomeResource
from orchestration.run_tags import RunTags
from orchestration.verdict import Reason
from sources.contract.feed import Feed
from sources.intake import pull
from warehouse.home import Home

_COMMAND = {"district/command": "run"}


def execute_pull(
    feeds: Mapping[str, Feed], entities: Mapping[str, Collection[str]], tags: RunTags, pulling: Pulling
) -> list[Reason]:
    """Take in `entities` (feed -> names); gives faults of ours. What was held or unreachable is in the ledger."""
    keys = [raw_key(feed, entity) for feed, names in entities.items() for entity in names]
    chosen = {name: feeds[name] for name in entities}
    result = _execute(_light_definitions(chosen, pulling), PULL, tags, keys)
    return [_fault(event) for event in result.filter_events(lambda event: event.is_step_failure)]


def execute_build(home: Home, tags: RunTags, changes: Changes | None) -> tuple[list[Reason], list[Reason]]:
    """Build what hangs on `changes` (None = everything), publish, give the verdict.

    Gives faults of ours; and what kept us from publishing though nothing is broken: failed data tests, a refusal.
    """
    # These import dagster-dbt: seconds that a mere pull saves.
    from orchestration.dbt_project import prepared_project
    from orchestration.definitions import build_definitions
    from orchestration.publish import SNAPSHOT_KEY
    from orchestration.transform import keys_of_models

    # dbt's own words go to a file: standard output holds the result of the command.
    with build_log(home).open("w", encoding="utf-8") as log, redirect_stdout(log):
        definitions = build_definitions()
        chosen = None
        if changes is not None:
            _, manifest = prepared_project(home)
            chosen = [*keys_of_models(manifest, changes), SNAPSHOT_KEY, OUTCOME_KEY]
        result = _execute(definitions, BUILD, tags, chosen)
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


def execute_outcome(feeds: Mapping[str, Feed], tags: RunTags) -> None:
    """The verdict alone, so that Dagster, too, shows red."""
    _execute(_light_definitions(feeds), OUTCOME, tags)


def bury_killed_runs() -> None:
    """We hold the home, so a run of ours that Dagster believes to be running was killed."""
    alive = [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
    with dg.DagsterInstance.get() as instance:
        for run in instance.get_runs(dg.RunsFilter(statuses=alive, tags=_COMMAND)):
            instance.report_run_failed(run, "进程已终止 / its process was killed")
        # Its steps keep their places in the pools: the next run would wait for them for ever.
        storage = instance.event_log_storage
        for run_id in storage.get_concurrency_run_ids() if storage.supports_global_concurrency_limits else ():
            holder = instance.get_run_by_id(run_id)
            if holder is None or holder.is_finished:
                storage.free_concurrency_slots_for_run(run_id)


def _light_definitions(feeds: Mapping[str, Feed], pulling: Pulling = pull) -> dg.Definitions:
    """The part of the definitions that needs no dbt; same keys, same jobs."""
    return dg.Definitions(
        assets=[*raw_assets(feeds), outcome_asset(feeds)],
        jobs=pull_jobs(),
        resources={"home": HomeResource(), "pulling": pulling},
        loggers={"console": step_logger},
    )


def _execute(
    definitions: dg.Definitions, job: str, tags: RunTags, assets: Sequence[dg.AssetKey] | None = None
) -> dg.ExecuteInProcessResult:
    """Run a job to its end; raises KeyboardInterrupt when the user or the system asked us to stop."""
    with dg.DagsterInstance.get() as instance:
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
