"""Our graph as a plain Dagster project, as the tutorials have it: what `goals/small_runs.py` sets beside our run.

The same assets of all feeds, the same dbt project with all its models and tests, built by dbt as a process. Every raw
asset is there; the one of the feed that delivers types its new file into Parquet, the others return at once. Nothing
is landed, judged, checked by Soda or proved, the snapshot is a copy of the database file. dbt finds the rows of the
home that DISTRICT_HOME names, so the plain side is spared whatever a new batch makes models do.

PLAIN_FILE is the delivered file, PLAIN_EXECUTOR in_process or multiprocess, PLAIN_TARGET the folder of the manifest.
"""

import json
import os
import shutil
from collections import defaultdict
from pathlib import Path

import dagster as dg
import duckdb
from dagster_dbt import DbtCliResource, DbtProject, dbt_assets

REPOSITORY = Path(__file__).resolve().parents[1]
HOME = Path(os.environ["DISTRICT_HOME"])

project = DbtProject(
    project_dir=REPOSITORY / "dbt_project", profiles_dir=REPOSITORY, target_path=Path(os.environ["PLAIN_TARGET"])
)
if not project.manifest_path.exists():
    project.preparer.prepare(project)
manifest = json.loads(project.manifest_path.read_text("utf-8"))


def raw(feed: str, keys: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """The raw assets of a feed."""

    @dg.multi_asset(name=feed, specs=[dg.AssetSpec(key) for key in keys])
    def pull():
        if feed == "raw_parking":
            with duckdb.connect() as connection:
                connection.execute(
                    "COPY (SELECT eventId AS event_id, parkId AS lot_code, parkingSerial AS session_no, "
                    "eventType AS event_type, make_timestamp(CAST(eventTime AS BIGINT) * 1000) AS event_time, "
                    "sha256('benchmark' || plate) AS plate_hash, CAST(parkingTime AS BIGINT) AS parked_seconds "
                    f"FROM read_parquet('{os.environ['PLAIN_FILE']}')) TO '{HOME}/plain_event.parquet' (FORMAT parquet)"
                )
        for key in keys:
            yield dg.MaterializeResult(asset_key=key)

    return pull


by_feed = defaultdict(list)
for source in manifest["sources"].values():
    if source["source_name"] != "ledger":
        by_feed[source["source_name"]].append(dg.AssetKey(source["config"]["meta"]["dagster"]["asset_key"]))


@dbt_assets(manifest=manifest, project=project, exclude="resource_type:unit_test")
def models(context: dg.AssetExecutionContext, dbt: DbtCliResource):
    """Every model and test, by a process of dbt."""
    variables = json.dumps({"as_of": "2023-06-30"})
    build = ["build", "--exclude-resource-type", "unit_test", "--vars", variables]
    yield from dbt.cli(build, context=context, target_path=project.target_path).stream()


@dg.asset(deps=[key for key in models.keys if key.path[0] == "marts"])
def published() -> None:
    """What readers open."""
    shutil.copyfile(HOME / "build" / "warehouse.duckdb", HOME / "plain_published.duckdb")


defs = dg.Definitions(
    assets=[*(raw(feed, keys) for feed, keys in sorted(by_feed.items())), models, published],
    resources={"dbt": DbtCliResource(project_dir=project)},
    executor=dg.in_process_executor if os.environ["PLAIN_EXECUTOR"] == "in_process" else dg.multiprocess_executor,
)
