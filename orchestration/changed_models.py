"""Which models a build has to run: those that hang on what changed since the last one.

Belongs here: following the parsed project's graph from what changed. Does not belong here: what changed
(`build_state.py`, the ledger), building.

`fct_delivered_day` has the days of every entity, so that all of its readers hang on every delivery by the graph. They
read it through the macro `delivered_days` alone, which tags them with the entity that they read; the macro `as_of`
tags the readers of the as-of day in the same way (docs/decisions/0062).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# Read by slices: the tag says by whom. Built after any change.
SHARED_MODEL = "fct_delivered_day"
_DELIVERED_DAYS, _AS_OF = "delivered_days:", "as_of"


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs from the last build: entities (feed, entity) whose admitted rows changed; if the as-of day did."""

    entities: Collection[tuple[str, str]]
    another_day: bool


def models_to_build(manifest: Mapping[str, Any], changes: Changes) -> set[str]:
    """Ids of the dbt models that read what changed, and of all that hang on these; `manifest` is dbt's own."""
    models = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    shared = {key for key, node in models.items() if node["name"] == SHARED_MODEL}
    tags = {f"{_DELIVERED_DAYS}{feed}.{entity}" for feed, entity in changes.entities} | (
        {_AS_OF} if changes.another_day else set()
    )
    first = {key for key, node in models.items() if tags & set(node["tags"])}
    sources = {
        key
        for key, node in manifest["sources"].items()
        if (str(node["source_name"]).removeprefix("raw_"), node["name"]) in changes.entities
    }
    found = _with_descendants(manifest["child_map"], [*first, *sources], stop=shared)
    return {key for key in found if key in models} | (shared if changes.entities else set())


def all_models(manifest: Mapping[str, Any]) -> set[str]:
    """Ids of all models."""
    return {key for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}


def last_models(manifest: Mapping[str, Any]) -> set[str]:
    """Ids of the models that no model is made from, and of the shared one: whichever models a build runs, it ends in
    some of these, so that what waits for them waits for the build."""
    models = all_models(manifest)
    return {
        key
        for key in models
        if manifest["nodes"][key]["name"] == SHARED_MODEL or not models & set(manifest["child_map"].get(key, ()))
    }


def _with_descendants(children: Mapping[str, Iterable[str]], first: Iterable[str], stop: Collection[str]) -> set[str]:
    found: set[str] = set()
    ahead = list(first)
    while ahead:
        key = ahead.pop()
        if key not in found and key not in stop:
            found.add(key)
            ahead.extend(children.get(key, ()))
    return found
