"""Everything that Dagster loads: `dagster dev` and `dg dev` find it through `[tool.dagster]` in pyproject.toml.

Belongs here: putting the parts together. Does not belong here: any part.
"""

from __future__ import annotations

from functools import partial

import dagster as dg

from orchestration.feeds import raw_assets
from orchestration.instance import set_environment
from orchestration.jobs import build_jobs, pull_jobs
from orchestration.notification_triggers import digest_schedule, run_sensors
from orchestration.outcome import outcome_asset
from orchestration.progress import step_logger
from orchestration.resources import HomeResource
from orchestration.schedules import feed_schedules
from orchestration.sensors import file_drop_sensors
from sources.contract.loading import load_feeds
from sources.intake import pull
from warehouse.home import Home


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster's own commands and pages load."""
    return build_definitions()


def build_definitions() -> dg.Definitions:
    """All feeds found, all layers of dbt, publishing, jobs, schedules and sensors."""
    home = Home.from_environment().prepare()
    set_environment(home)  # before dagster_dbt is imported: dbt reads the environment on import
    from orchestration.dbt_project import prepared_project
    from orchestration.publish import snapshot_asset
    from orchestration.transform import dbt_resource, keys_of_last_models, keys_of_models, layer_assets, ledger_assets

    feeds = load_feeds()
    project, manifest = prepared_project(home)
    layers = layer_assets(project, manifest, feeds)
    feed_jobs = {job.name: job for job in build_jobs(feeds)}
    return dg.Definitions(
        assets=[
            *raw_assets(feeds),
            *ledger_assets(manifest),
            *layers,
            snapshot_asset(keys_of_last_models(manifest), feeds, partial(keys_of_models, manifest)),
            outcome_asset(feeds),
        ],
        jobs=[*pull_jobs(), *feed_jobs.values()],
        schedules=[*feed_schedules(feeds), digest_schedule(feeds)],
        sensors=[*file_drop_sensors(feeds, feed_jobs), *run_sensors(feeds)],
        resources={"home": HomeResource(), "pulling": pull, "dbt": dbt_resource()},
        loggers={"console": step_logger},
        executor=dg.in_process_executor,  # steps share one lock and one writer: parallel steps would only wait
    )
