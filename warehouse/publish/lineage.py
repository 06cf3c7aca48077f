"""Rows of `lineage_edge` for whole tables: department -> feed -> entity -> staging -> conformed -> model -> indicator.

Belongs here: edges from dbt's dependencies and the contracts, with labels for readers. Does not belong here: edges
between columns (`lineage_columns.py`), reading the manifest (`manifest.py`), walking the graph
(`warehouse.read.lineage`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from warehouse.ledger import FeedContract
from warehouse.publish.manifest import Manifest, Model

# node, kind, label zh, label en
_Node = tuple[str, str, str, str]

_LAYER_WORDS = {"staging": ("（标准化）", " (staged)"), "model": ("（计算）", " (model)")}


def lineage_edges(
    manifest: Manifest, contracts: Sequence[FeedContract], indicators: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Rows of the public table: all that published indicators are made from."""
    entities = {f"raw_{contract.feed}.{contract.entity}": contract for contract in contracts}
    labels = _Labels(manifest, entities, indicators)
    edges: dict[tuple[str, str], dict[str, Any]] = {}
    reached: set[str] = set()

    def connect(upper: _Node, lower: _Node) -> None:
        edges[upper[0], lower[0]] = _edge(upper, lower)

    def walk(model: Model) -> None:
        if model.unique_id in reached:
            return
        reached.add(model.unique_id)
        contract = entities.get(model.name)
        if contract is not None:
            feed: _Node = (f"feed.{contract.feed}", "feed", contract.feed_label_zh, contract.feed_label_en)
            department: _Node = (
                f"department.{contract.department_code}",
                "department",
                contract.department_zh,
                contract.department_en,
            )
            connect(department, feed)
            connect(feed, labels.of(model))
        for upstream in model.upstream:
            if upstream in manifest.nodes:
                connect(labels.of(manifest.nodes[upstream]), labels.of(model))
                walk(manifest.nodes[upstream])

    for indicator in indicators:
        model = manifest.indicator_models.get(indicator["indicator_code"])
        if model is not None:
            name: _Node = (
                f"indicator.{indicator['indicator_code']}",
                "indicator",
                str(indicator["name_zh"]),
                str(indicator["name_en"]),
            )
            connect(labels.of(model), name)
            walk(model)
    return [edges[key] for key in sorted(edges)]


class _Labels:
    """What a node is called: as the contract or definition says, else as its description begins, else its name."""

    def __init__(
        self,
        manifest: Manifest,
        entities: Mapping[str, FeedContract],
        indicators: Sequence[Mapping[str, Any]],
    ) -> None:
        self._manifest = manifest
        self._entities = entities
        self._indicators = {row["indicator_code"]: row for row in indicators}

    def of(self, model: Model) -> _Node:
        return (model.node, model.layer, *self._texts(model))

    def _texts(self, model: Model) -> tuple[str, str]:
        contract = self._entities.get(model.name)
        if contract is not None:
            return contract.label_zh, contract.label_en
        after_zh, after_en = _LAYER_WORDS.get(model.layer, ("", ""))
        if model.layer == "staging":
            for source in self._sources(model):
                return source.label_zh + after_zh, source.label_en + after_en
        if model.indicator_code in self._indicators:
            row = self._indicators[model.indicator_code]
            return f"{row['name_zh']}{after_zh}", f"{row['name_en']}{after_en}"
        first = model.description.splitlines()[0].strip() if model.description else ""
        zh, _, en = first.partition(" / ")
        return zh.rstrip("。") or model.name, en.rstrip(".") or model.name

    def _sources(self, model: Model) -> Iterator[FeedContract]:
        for upstream in model.upstream:
            node = self._manifest.nodes.get(upstream)
            if node is not None and node.name in self._entities:
                yield self._entities[node.name]


def _edge(upper: _Node, lower: _Node) -> dict[str, Any]:
    names = ("node", "kind", "label_zh", "label_en")
    return (
        {f"from_{name}": value for name, value in zip(names, upper, strict=True)}
        | {f"to_{name}": value for name, value in zip(names, lower, strict=True)}
        | {"from_column": "", "to_column": "", "transformation": ""}
    )
