"""What Dagster loads: every feed and model, and a graph that changes only when somebody means it to."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration import build_state, dbt_program, dbt_project
from orchestration.definitions import build_definitions
from orchestration.feeds import raw_assets
from orchestration.layers import LAYERS, manifest_path, parsed_project
from sources.contract.loading import load_feeds
from tests.orchestration.tiny_feed import write_tiny_feed
from warehouse.home import Home

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).with_name("asset_graph.json")


_SHARED = ("ledger/", "reference/", "published/", "run_outcome")


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    """The definitions of a new home; parsing dbt takes seconds, so once for all tests of this module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISTRICT_HOME", str(tmp_path_factory.mktemp("definitions") / "home"))
        for name in ("DAGSTER_HOME", "DISTRICT_FEEDS"):
            patch.delenv(name, raising=False)
        for name in ("DBT_TARGET_PATH", "DBT_LOG_PATH", "DBT_PROFILES_DIR", "PATH"):
            patch.setenv(name, os.environ.get(name, ""))
        return build_definitions()


@pytest.fixture(scope="module")
def manifest(definitions: dg.Definitions) -> dict[str, Any]:
    """dbt's manifest, as the definitions read it."""
    model = definitions.resolve_assets_def(dg.AssetKey(["marts", "dim_indicator"]))
    wrapped: Any = model.specs_by_key[dg.AssetKey(["marts", "dim_indicator"])].metadata["dagster_dbt/manifest"]
    return dict(wrapped.manifest)


def graph(definitions: dg.Definitions) -> dict[str, Any]:
    """What a reader of the graph sees: groups, owners, what each asset is made from, its checks."""
    nodes = definitions.resolve_asset_graph()
    return {
        key.to_user_string(): {
            "group": nodes.get(key).group_name,
            "owners": sorted(nodes.get(key).owners),
            "from": sorted(parent.to_user_string() for parent in nodes.get(key).parent_keys),
            "checks": sorted(check.name for check in nodes.get(key).check_keys),
        }
        for key in sorted(nodes.get_all_asset_keys())
    }


def test_the_graph_is_the_one_we_know(definitions: dg.Definitions) -> None:
    """Set DISTRICT_UPDATE_GOLDEN=1 to accept a changed graph; the difference then stands in the commit.

    One feed from end to end, and what all feeds share: another feed changes none of it.
    """
    nodes = {key: node for key, node in graph(definitions).items() if "parking" in key or key.startswith(_SHARED)}
    shown = json.dumps(nodes, ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("DISTRICT_UPDATE_GOLDEN") == "1":
        GOLDEN.write_text(shown, encoding="utf-8")
    known = json.loads(GOLDEN.read_text(encoding="utf-8"))
    found = json.loads(shown)
    assert sorted(found) == sorted(known)
    assert {key: value for key, value in found.items() if value != known[key]} == {}


def test_everything_loads_and_belongs_somewhere(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)
    nodes = graph(definitions)
    assert {node["group"] for node in nodes.values()} >= {*load_feeds([]), "conformed", "marts", "published"}
    assert [key for key, node in nodes.items() if node["group"] == "default"] == []


def test_every_entity_flows_into_a_staging_model(definitions: dg.Definitions) -> None:
    nodes = graph(definitions)
    read = {parent for key, node in nodes.items() if key.startswith("staging/") for parent in node["from"]}
    assert {key for key in nodes if key.startswith("raw/")} <= read


def test_a_layer_is_built_from_itself_and_those_before_it(definitions: dg.Definitions) -> None:
    order = {"raw": 0, "ledger": 0, "reference": 0} | {layer: place for place, layer in enumerate(LAYERS, 1)}
    for key, node in graph(definitions).items():
        layer = key.partition("/")[0]
        if layer in LAYERS:
            assert all(order[parent.partition("/")[0]] <= order[layer] for parent in node["from"]), key


def test_data_tests_of_a_layer_look_at_nothing_that_is_built_later(manifest: dict[str, Any]) -> None:
    """They run with their layer, so a later model would be missing on the first run and old on the next."""
    order = {layer: place for place, layer in enumerate(LAYERS)}
    compared = 0
    for test in manifest["nodes"].values():
        attached = manifest["nodes"].get(test.get("attached_node") or "")
        if test["resource_type"] != "test" or attached is None or attached["resource_type"] != "model":
            continue
        for parent in test["depends_on"]["nodes"]:
            node = manifest["nodes"].get(parent)
            if node is not None and node["resource_type"] == "model":
                compared += 1
                assert order[node["fqn"][1]] <= order[attached["fqn"][1]], test["name"]
    assert compared


def test_there_is_a_job_for_all_and_one_for_each_feed(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    assert {"everything", "pull", "build", "outcome", *load_feeds([])} <= set(repository.job_names)
    parking = definitions.resolve_job_def("parking")
    keys = {key.to_user_string() for key in parking.asset_layer.executable_asset_keys}
    assert "raw/parking/prk_snapshot" in keys
    assert "run_outcome" in keys
    assert not any(key.startswith("raw/education_base") for key in keys)


def test_every_feed_has_schedules_and_each_feed_with_a_folder_a_sensor(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    schedules = {schedule.name for schedule in repository.schedule_defs}
    for name, feed in load_feeds([]).items():
        cadences = {entity.calendar.cadence for entity in feed.entities.values() if entity.calendar}
        assert {f"{name}_{cadence}" for cadence in cadences - {"irregular"}} <= schedules
    sensors = {sensor.name for sensor in repository.sensor_defs}
    assert {f"{name}_files" for name in ("parking", "education_base", "ecommerce_gmv")} <= sensors


def test_dbt_is_parsed_again_only_when_its_files_change(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    monkeypatch.setattr(dbt_project, "KEPT", tmp_path / "none" / "kept")

    def parse(home: Home, fingerprint: str, variables: Any) -> None:
        calls.append(fingerprint)
        parsed_project(home).write_bytes(b"")
        manifest_path(home).write_text('{"parsed": true}', encoding="utf-8")

    monkeypatch.setattr(dbt_program, "parse", parse)
    monkeypatch.setattr(build_state, "code_fingerprint", lambda: "first")
    assert dbt_project.prepared_project(home)[1] == {"parsed": True}
    assert dbt_project.prepared_project(home)[1] == {"parsed": True}
    assert len(calls) == 1
    manifest_path(home).write_text('{"half', encoding="utf-8")  # as a killed dbt leaves it
    assert dbt_project.prepared_project(home)[1] == {"parsed": True}
    other = Home(tmp_path / "other").prepare()
    assert dbt_project.prepared_project(other)[1] == {"parsed": True}
    assert len(calls) == 1  # a parsed project serves every home
    shutil.rmtree(dbt_project.KEPT)
    manifest_path(home).write_text('{"half', encoding="utf-8")
    assert dbt_project.prepared_project(home)[1] == {"parsed": True}
    assert len(calls) == 2
    monkeypatch.setattr(build_state, "code_fingerprint", lambda: "second")
    dbt_project.prepared_project(home)
    assert len(calls) == 3


def test_a_feed_from_outside_is_in_the_graph(tmp_path: Path) -> None:
    feeds = load_feeds([write_tiny_feed(tmp_path / "feeds", tmp_path / "drop")])
    keys = {key.to_user_string() for assets in raw_assets(feeds) for key in assets.keys}
    assert {"raw/tiny/count", "raw/tiny/crossing", "raw/parking/prk_lot"} <= keys
