"""A plain Dagster project around the dbt project beside it, as the tutorials have it.

PLAIN_FILES is the folder of CSV files, PLAIN_DATABASE the DuckDB file; the executor is Dagster's default.
"""

import os
from pathlib import Path

import dagster as dg
import duckdb
from dagster_dbt import DbtCliResource, DbtProject, dbt_assets

project = DbtProject(
    project_dir=Path(__file__).parent, profiles_dir=Path(__file__).parent, target_path=Path(os.environ["PLAIN_TARGET"])
)
# Where the webserver would be started: the manifest is made when it is missing.
if not project.manifest_path.exists():
    project.preparer.prepare(project)


@dg.asset
def raw_event() -> None:
    """Every file into one table of text."""
    with duckdb.connect(os.environ["PLAIN_DATABASE"]) as connection:
        connection.execute(
            f"CREATE OR REPLACE TABLE raw_event AS SELECT * FROM "
            f"read_csv('{os.environ['PLAIN_FILES']}/*.csv', header = true, all_varchar = true)"
        )


@dbt_assets(manifest=project.manifest_path, project=project)
def models(context: dg.AssetExecutionContext, dbt: DbtCliResource):
    """Every model and test, by a process of dbt."""
    yield from dbt.cli(["build"], context=context).stream()


defs = dg.Definitions(assets=[raw_event, models], resources={"dbt": DbtCliResource(project_dir=project)})
