"""Lineage: from departments and feeds over models to a figure, and the other way.

Belongs here: the part of the graph around one node. Does not belong here: making the edges
(`warehouse.publish.lineage`), drawing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from warehouse.read.reader import SnapshotReader


@dataclass(frozen=True, slots=True)
class Node:
    """One station. `kind`: department, feed, entity, staging, conformed, model, indicator.

    `level` counts the longest way from the left end. `checks` is ok, warning, failed or unknown and `freshness` the
    state, both for entities and None for the others.
    """

    node: str
    kind: str
    label_zh: str
    label_en: str
    level: int
    checks: str | None
    freshness: str | None


@dataclass(frozen=True, slots=True)
class Edge:
    """`to_node` is made from `from_node`; columns are empty strings for the whole table."""

    from_node: str
    to_node: str
    from_column: str
    to_column: str


@dataclass(frozen=True, slots=True)
class LineageGraph:
    """A part of the graph; nodes by level."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def of_indicator(reader: SnapshotReader, code: str) -> LineageGraph:
    """Everything an indicator is made from."""
    return _around(reader, f"indicator.{code}", "upstream")


def of_entity(reader: SnapshotReader, feed: str, entity: str) -> LineageGraph:
    """Everything that is made from an entity."""
    return _around(reader, f"raw_{feed}.{entity}", "downstream")


def _around(reader: SnapshotReader, start: str, direction: Literal["upstream", "downstream"]) -> LineageGraph:
    near, far = ("to_node", "from_node") if direction == "upstream" else ("from_node", "to_node")
    edges = reader.rows(
        f"""
        WITH RECURSIVE whole AS (SELECT * FROM lineage_edge WHERE from_column = '' AND to_column = ''),
        reached AS (
            SELECT * FROM whole WHERE {near} = $start
            UNION
            SELECT w.* FROM whole AS w JOIN reached AS r ON w.{near} = r.{far}
        )
        SELECT * FROM reached ORDER BY from_node, to_node
        """,
        {"start": start},
    )
    quality = {
        row["entity_key"]: row
        for row in reader.rows(
            """
            SELECT 'raw_' || f.feed || '.' || f.entity AS entity_key, coalesce(r.state, 'not_delivered') AS freshness,
                   CASE max(q.rank)
                       WHEN 3 THEN 'failed' WHEN 2 THEN 'warning' WHEN 1 THEN 'ok' ELSE 'unknown'
                   END AS checks
            FROM feed AS f
            LEFT JOIN feed_freshness AS r ON r.feed = f.feed AND r.entity = f.entity
            LEFT JOIN batch_quality() AS q ON q.entity_key = f.feed || '.' || f.entity AND q.is_newest
            GROUP BY ALL
            """
        )
    }
    found: dict[str, tuple[str, str, str]] = {}
    for edge in edges:
        for side in ("from", "to"):
            found[edge[f"{side}_node"]] = (edge[f"{side}_kind"], edge[f"{side}_label_zh"], edge[f"{side}_label_en"])
    levels = _levels([(edge["from_node"], edge["to_node"]) for edge in edges])
    nodes = [
        Node(
            name,
            kind,
            zh,
            en,
            levels[name],
            *((entry["checks"], entry["freshness"]) if (entry := quality.get(name)) else (None, None)),
        )
        for name, (kind, zh, en) in found.items()
    ]
    return LineageGraph(
        tuple(sorted(nodes, key=lambda node: (node.level, node.node))),
        tuple(Edge(edge["from_node"], edge["to_node"], "", "") for edge in edges),
    )


def _levels(edges: list[tuple[str, str]]) -> dict[str, int]:
    """Longest way from a node without predecessor; the graph has no cycles (dbt refuses them)."""
    before: dict[str, set[str]] = {}
    for upper, lower in edges:
        before.setdefault(upper, set())
        before.setdefault(lower, set()).add(upper)
    levels: dict[str, int] = {}

    def level(node: str) -> int:
        if node not in levels:
            levels[node] = 1 + max((level(upper) for upper in before[node]), default=-1)
        return levels[node]

    for node in before:
        level(node)
    return levels
