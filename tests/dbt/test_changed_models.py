"""A build of the models that hang on what changed leaves the same tables as a build of all.

Belongs here: `orchestration.changed_models` on the project's own graph and data. Does not belong here: which days an
incremental model replaces (`test_incremental.py`).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.changed_models import SHARED_MODEL, Changes, last_models, models_to_build
from tests.dbt import small_lake
from tests.dbt.build import AS_OF, PROJECT, build, graph
from tests.dbt.lake import Lake
from warehouse.home import Home
from warehouse.ledger import Ledger

# One worker: the district that is built first is shared by all of them.
pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("changed_models")]

NEXT_MONTH = "2023-07-31"
# Batches are what changes; contracts change what everything is built from.
_LEDGER_READERS = {SHARED_MODEL, "dim_department", "dim_monthly_deadline"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("changed") / "home").prepare()
    small_lake.fill(Lake(home))
    build(home)
    return home


@pytest.fixture(scope="module")
def project(built: Home) -> Mapping[str, Any]:
    return graph(built)


def test_the_shared_days_are_read_through_the_macro_alone() -> None:
    readers = [
        path.name
        for path in (*PROJECT.glob("models/**/*.sql"), *PROJECT.glob("macros/*.sql"))
        if re.search(rf"ref\(\s*['\"]{SHARED_MODEL}['\"]", path.read_text("utf-8"))
    ]
    assert readers == ["delivered_days.sql"]


def test_the_as_of_day_is_read_through_the_macro_alone() -> None:
    readers = [
        path.name
        for path in (*PROJECT.glob("models/**/*.sql"), *PROJECT.glob("macros/*.sql"))
        if re.search(
            r"var\(\s*['\"]as_of['\"]|run_started_at|current_(date|timestamp)|\bnow\(\)", path.read_text("utf-8")
        )
    ]
    assert readers == ["periods.sql"]


def test_whoever_reads_the_shared_days_says_of_which_delivery(project: Mapping[str, Any]) -> None:
    (shared,) = (key for key, node in project["nodes"].items() if node["name"] == SHARED_MODEL)
    readers = [project["nodes"][key] for key in project["child_map"][shared] if key.startswith("model.")]
    assert len(readers) > 50
    untagged = [node["name"] for node in readers if not any(tag.startswith("delivered_days:") for tag in node["tags"])]
    assert untagged == []


def test_only_known_models_read_the_ledger_beside_registers(project: Mapping[str, Any]) -> None:
    """Registers read the modes of their own batches, which never change without a change of their days."""
    readers = {
        project["nodes"][key]["name"]
        for source, children in project["child_map"].items()
        if source.startswith("source.") and ".ledger." in source
        for key in children
        if key.startswith("model.")
    }
    assert {name for name in readers if not name.startswith("stg_")} == _LEDGER_READERS


def test_one_delivery_builds_few_models_and_ends_in_last_ones(project: Mapping[str, Any]) -> None:
    chosen = models_to_build(project, Changes({("sports_venues", "spt_venue")}, another_day=False))
    names = {project["nodes"][key]["name"] for key in chosen}
    assert {"stg_sports_venues__spt_venue", "ind_l04__smart_venues", "fct_indicator_observation"} <= names
    assert not [name for name in names if "parking" in name or "education" in name]
    assert chosen & last_models(project)


def test_nothing_changed_builds_nothing(project: Mapping[str, Any]) -> None:
    assert models_to_build(project, Changes((), another_day=False)) == set()


@pytest.mark.parametrize("half", [0, 1])
def test_after_withdrawals_the_chosen_models_are_all_that_differ(
    built: Home, project: Mapping[str, Any], tmp_path: Path, half: int
) -> None:
    home = _copy(built, tmp_path)
    changed = sorted(_delivered(home))[half::2]
    assert len(changed) > 10
    before = _newest_change(home)
    lake = Lake(home, delivered=_batches(home))
    last_days = _delivered(home)
    for feed, entity in changed:  # the last delivered day becomes empty
        lake.deliver(f"{feed}.{entity}", [], day=last_days[feed, entity], mode="correction")
    lake.export()
    with Ledger.of(home) as ledger:
        entities = {(change.feed, change.entity) for change in ledger.partition_changes(since=before)}
    assert entities == set(changed)
    changes = Changes(entities, another_day=False)
    assert len(_compare(built, home, project, changes, tmp_path)) > len(changed)


def test_another_day_builds_its_readers_alone(built: Home, project: Mapping[str, Any], tmp_path: Path) -> None:
    home = _copy(built, tmp_path)
    changes = Changes((), another_day=True)
    names = {project["nodes"][key]["name"] for key in models_to_build(project, changes)}
    assert not [name for name in names if name.startswith("stg_")]
    assert _compare(built, home, project, changes, tmp_path, as_of=NEXT_MONTH)


def _compare(
    before: Home, home: Home, project: Mapping[str, Any], changes: Changes, folder: Path, as_of: str = AS_OF
) -> list[str]:
    """Build what hangs on `changes` in `home` and everything in its copy; gives the tables that changed."""
    whole = _copy(home, folder / "whole")
    chosen = models_to_build(project, changes)
    build(home, *(project["nodes"][key]["name"] for key in sorted(chosen)), as_of=as_of)
    build(whole, full_refresh=True, as_of=as_of)
    tables = [
        f'"{node["schema"]}"."{node["alias"]}"'
        for node in project["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["materialized"] != "ephemeral"
    ]
    assert _different(home.build_database, whole.build_database, tables) == []
    return _different(before.build_database, home.build_database, tables)


def _different(one: Path, other: Path, tables: Collection[str]) -> list[str]:
    found = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only); attach '{other}' as other (read_only)")
        for table in tables:
            described = connection.execute(f"describe one.{table}").fetchall()
            columns = ", ".join(_exact(name, kind) for name, kind, *_ in described)
            one_side, other_side = (f"select {columns} from {side}.{table}" for side in ("one", "other"))
            both = [f"{one_side} except all {other_side}", f"{other_side} except all {one_side}"]
            if any(connection.execute(f"select 1 from ({query}) limit 1").fetchall() for query in both):
                found.append(table)
    return found


def _exact(column: str, kind: str) -> str:
    """Sums of doubles differ in the last place with the order of rows."""
    return f'cast("{column}" as decimal(38, 6))' if kind == "DOUBLE" else f'"{column}"'


def _copy(home: Home, folder: Path) -> Home:
    shutil.copytree(home.root, folder / "home")
    return Home(folder / "home")


def _delivered(home: Home) -> Mapping[tuple[str, str], Any]:
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select feed, entity, max(dt) from read_parquet(?) where rows > 0 group by all",
            [str(home.build / "ledger" / "batch_partition.parquet")],
        ).fetchall()
    return {(feed, entity): day for feed, entity, day in rows}


def _batches(home: Home) -> int:
    with Ledger.of(home) as ledger:
        return len(ledger.batches())


def _newest_change(home: Home) -> int:
    with Ledger.of(home) as ledger:
        return ledger.newest_change()
