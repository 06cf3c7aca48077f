"""The dbt project as Dagster assets: one definition per layer, so that one starts only when the one before is whole.

Belongs here: calling dbt for a layer. Does not belong here: parsing (`dbt_project.py`), how nodes appear
(`translator.py`), SQL.
"""

# No postponed annotations here: Dagster reads the types of a step's parameters when the step is defined.

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
from dagster_dbt import DbtProject, dbt_assets

from orchestration import build_state
from orchestration.changed_models import Changes, all_models, last_models, models_to_build
from orchestration.dbt_program import Dbt
from orchestration.layers import LAYERS, run_results
from orchestration.progress import Counted
from orchestration.resources import HomeResource
from orchestration.translator import LayerTranslator
from orchestration.variables import build_variables
from sources.contract.feed import Feed
from sources.registration import contract_records
from warehouse import clock
from warehouse.ledger import Ledger

# Every step that opens the build database is in this pool: DuckDB lets one writing process in.
BUILD_POOL = "build_database"
# Seeds are reference tables that staging may read, so they come with the first layer.
_SELECTION = {layer: f"path:models/{layer}" for layer in LAYERS} | {"staging": "path:models/staging resource_type:seed"}
# Unit tests judge our logic, not the data: `make test` runs them, a data run does not pay for them.
_BUILD = ["--exclude-resource-type", "unit_test"]


def dbt_resource() -> Dbt:
    """dbt for this project, as a resource."""
    return Dbt(fingerprint=build_state.code_fingerprint())


def layer_assets(
    project: DbtProject, manifest: Mapping[str, Any], feeds: Mapping[str, Feed]
) -> Sequence[dg.AssetsDefinition]:
    """One multi-asset per layer that has models, in the order in which they build."""
    translator = LayerTranslator(feeds)
    fingerprint = build_state.build_fingerprint(feed.contract_sha256 for feed in feeds.values())
    present = {node["fqn"][1] for node in manifest["nodes"].values() if node["resource_type"] == "model"}
    return [_layer(layer, project, manifest, translator, fingerprint, feeds) for layer in LAYERS if layer in present]


def ledger_assets(manifest: Mapping[str, Any]) -> Sequence[dg.AssetSpec]:
    """The ledger's tables that models read, as assets of their own group; the first layer exports them."""
    return [
        dg.AssetSpec(
            dg.AssetKey([source["source_name"], source["name"]]),
            group_name="ledger",
            description=source["description"] or None,
        )
        for source in _ledger_sources(manifest)
    ]


def _ledger_sources(manifest: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return [source for source in manifest["sources"].values() if source["source_name"] == "ledger"]


def _layer(
    layer: str,
    project: DbtProject,
    manifest: Mapping[str, Any],
    translator: LayerTranslator,
    fingerprint: str,
    feeds: Mapping[str, Feed],
) -> dg.AssetsDefinition:
    @dbt_assets(
        manifest=manifest,
        select=_SELECTION[layer],
        name=f"build_{layer}",
        project=project,
        dagster_dbt_translator=translator,
        pool=BUILD_POOL,
    )
    def build_layer(context: dg.AssetExecutionContext, dbt: Dbt, home: HomeResource) -> Iterator[Any]:
        tags = home.tags(context)
        first = build_state.in_progress(home.home, tags.run_id) is None
        state = build_state.begin(home.home, tags.run_id, fingerprint, build_state.seen_now(home.ledger, tags.as_of))
        if first:
            _put_contracts_in_force(home.ledger, feeds)
            # The others are read by publishing alone, which exports all: the results of checks are most of a ledger.
            home.ledger.export(home.home, [source["name"] for source in _ledger_sources(manifest)])
        run_results(home.home).unlink(missing_ok=True)  # an earlier run's failure is not this one's
        arguments = [*_BUILD, *(["--full-refresh"] if state.full_refresh else [])]
        counted = Counted(context, f"dbt {layer}")
        yield from dbt.build(context, home.home, arguments, build_variables(tags.as_of), counted.add)
        build_state.add_built(home.home, tags.run_id, (key.to_user_string() for key in context.selected_asset_keys))

    return build_layer


def keys_of_models(manifest: Mapping[str, Any], changes: Changes | None) -> list[dg.AssetKey]:
    """The models that a build has to run after `changes`; None = all of them."""
    return _keys(manifest, all_models(manifest) if changes is None else models_to_build(manifest, changes))


def keys_of_last_models(manifest: Mapping[str, Any]) -> list[dg.AssetKey]:
    """What publishing waits for, however few models a build runs."""
    return _keys(manifest, last_models(manifest))


def _keys(manifest: Mapping[str, Any], models: Iterable[str]) -> list[dg.AssetKey]:
    key_of = LayerTranslator({}).get_asset_key
    return [key_of(manifest["nodes"][model]) for model in sorted(models)]


def _put_contracts_in_force(ledger: Ledger, feeds: Mapping[str, Feed]) -> None:
    """Also those that were not pulled now: pages show every feed, and no feed whose folder is gone."""
    for feed in feeds.values():
        ledger.register_contract(contract_records(feed, registered_at=clock.now()))
    ledger.retire_feeds(keep=feeds)
