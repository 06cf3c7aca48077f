"""Column lineage as published: what a figure is made from, and what a field of a feed goes into.

Belongs here: walking the edges between columns, in both directions, direct and indirect ways kept apart. Does not
belong here: finding the edges (`warehouse.publish.column_lineage`), what is hurt by a wrong field (`impact.py`), the
graph of whole tables (`lineage.py`).

A way is direct when at every step the value itself goes in. As soon as one step only chooses rows or values (a filter,
a join, a condition), the rest of the way is indirect: it concerns whatever is made from the rows chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from warehouse.read.reader import SnapshotReader

DIRECT: Final = ("identity", "transformation", "aggregation")
"""Transformations by which the value itself goes in, ever stronger; all others are indirect."""

MEASURES: Final = ("value", "numerator", "denominator", "coverage")
"""Columns of `indicator.<code>` that are the figure; the others say where and when."""

Place = tuple[str, str]
"""(node, column); an empty column stands for all rows of the node."""


@dataclass(frozen=True, slots=True)
class ColumnEdge:
    """One step between two columns, as `lineage_edge` has it."""

    from_node: str
    from_column: str
    to_node: str
    to_column: str
    transformation: str

    @property
    def direct(self) -> bool:
        """Whether the value itself goes in."""
        return self.transformation in DIRECT


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its names; `unresolved_*` say why its origin is not known."""

    node: str
    column_name: str
    position: int
    label_zh: str | None
    label_en: str | None
    unresolved_zh: str | None
    unresolved_en: str | None


@dataclass(frozen=True, slots=True)
class Reached:
    """How a walk reached a place: directly or not.

    `kinds`: on direct ways what became of the value, on indirect ones by which steps the ways turned indirect.
    """

    direct: bool
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Walk:
    """Where a walk came (its beginning included), and the direct steps on its ways."""

    places: Mapping[Place, Reached]
    steps: tuple[ColumnEdge, ...]


def has_columns(reader: SnapshotReader) -> bool:
    """Whether the snapshot was published with column lineage: older ones have tables only."""
    return bool(reader.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'lineage_column'"))


def columns(reader: SnapshotReader, nodes: Iterable[str] | None = None) -> list[Column]:
    """Columns of these nodes (default: all), in their order."""
    if not has_columns(reader):
        return []
    return reader.records(
        Column,
        """
        SELECT * FROM lineage_column WHERE column_name <> '' AND ($nodes IS NULL OR list_contains($nodes, node))
        ORDER BY node, position
        """,
        {"nodes": None if nodes is None else sorted(nodes)},
    )


def unresolved(reader: SnapshotReader) -> list[Column]:
    """Columns, and models as a whole (empty name), whose origin is not known."""
    if not has_columns(reader):
        return []
    return reader.records(
        Column, "SELECT * FROM lineage_column WHERE unresolved_en IS NOT NULL ORDER BY node, position"
    )


def upstream(reader: SnapshotReader, node: str, names: Iterable[str]) -> Walk:
    """All that these columns of a node are made from.

    A value stands in a row: what chooses the rows of any table on the way counts, indirectly.
    """
    graph = _graph(reader)
    direct = {(node, name): frozenset[str]() for name in names}
    steps = _direct(direct, lambda place: [(edge, _from(edge)) for edge in graph.into.get(place, ())])
    turned = [
        (_from(edge), edge.transformation) for place in direct for edge in graph.into.get(place, ()) if not edge.direct
    ]
    above = _reach([node], graph.above)
    turned += [(_from(edge), edge.transformation) for one in above for edge in graph.into.get((one, ""), ())]
    indirect = _indirect(turned, lambda place: [_from(edge) for edge in graph.into.get(place, ())])
    return _merged(direct, indirect, steps)


def downstream(reader: SnapshotReader, node: str, names: Iterable[str]) -> dict[str, Walk]:
    """What each of these columns goes into. A place with an empty column: rows of that node are chosen by it."""
    graph = _graph(reader)
    return {name: _downstream(graph, (node, name)) for name in names}


def _downstream(graph: _Graph, start: Place) -> Walk:
    direct = {start: frozenset[str]()}
    steps = _direct(direct, lambda place: [(edge, _to(edge)) for edge in graph.out_of.get(place, ())])
    turned = [
        (_to(edge), edge.transformation) for place in direct for edge in graph.out_of.get(place, ()) if not edge.direct
    ]

    def onward(place: Place) -> list[Place]:
        if place[1]:
            return [_to(edge) for edge in graph.out_of.get(place, ())]
        return [(lower, "") for lower in graph.below.get(place[0], ())]

    return _merged(direct, _indirect(turned, onward), steps)


@dataclass(frozen=True, slots=True)
class _Graph:
    into: Mapping[Place, Sequence[ColumnEdge]]
    out_of: Mapping[Place, Sequence[ColumnEdge]]
    above: Mapping[str, Sequence[str]]  # whole tables
    below: Mapping[str, Sequence[str]]


def _graph(reader: SnapshotReader) -> _Graph:
    into: dict[Place, list[ColumnEdge]] = {}
    out_of: dict[Place, list[ColumnEdge]] = {}
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    if has_columns(reader):
        for edge in reader.records(ColumnEdge, "SELECT * FROM lineage_edge WHERE from_column <> ''"):
            into.setdefault(_to(edge), []).append(edge)
            out_of.setdefault(_from(edge), []).append(edge)
        for row in reader.rows("SELECT from_node, to_node FROM lineage_edge WHERE from_column = '' AND to_column = ''"):
            above.setdefault(row["to_node"], []).append(row["from_node"])
            below.setdefault(row["from_node"], []).append(row["to_node"])
    return _Graph(into, out_of, above, below)


def _from(edge: ColumnEdge) -> Place:
    return edge.from_node, edge.from_column


def _to(edge: ColumnEdge) -> Place:
    return edge.to_node, edge.to_column


def _direct(
    places: dict[Place, frozenset[str]], following: Callable[[Place], Sequence[tuple[ColumnEdge, Place]]]
) -> set[ColumnEdge]:
    """Extend `places` along direct edges, with the kinds of step on the ways there; returns the edges taken."""
    taken: set[ColumnEdge] = set()
    waiting = list(places)
    while waiting:
        here = waiting.pop()
        for edge, there in following(here):
            if edge.direct:
                taken.add(edge)
                kinds = places[here] | {edge.transformation}
                if there not in places or not kinds <= places[there]:
                    places[there] = places.get(there, frozenset()) | kinds
                    waiting.append(there)
    return taken


def _indirect(
    turned: Iterable[tuple[Place, str]], following: Callable[[Place], Sequence[Place]]
) -> dict[Place, frozenset[str]]:
    """What is reached once a way has turned indirect, with the kinds of step by which it did."""
    places: dict[Place, frozenset[str]] = {}
    waiting = [(place, frozenset({kind})) for place, kind in turned]
    while waiting:
        place, kinds = waiting.pop()
        known = places.get(place, frozenset())
        if not kinds <= known:
            places[place] = known | kinds
            waiting += [(there, places[place]) for there in following(place)]
    return places


def _merged(
    direct: Mapping[Place, frozenset[str]], indirect: Mapping[Place, frozenset[str]], steps: Iterable[ColumnEdge]
) -> Walk:
    reached = {place: Reached(False, kinds) for place, kinds in indirect.items()}
    reached |= {place: Reached(True, kinds) for place, kinds in direct.items()}
    return Walk(reached, tuple(sorted(steps, key=lambda e: (e.from_node, e.from_column, e.to_node, e.to_column))))


def _reach(start: Iterable[str], following: Mapping[str, Sequence[str]]) -> set[str]:
    found = set(start)
    waiting = list(found)
    while waiting:
        for there in following.get(waiting.pop(), ()):
            if there not in found:
                found.add(there)
                waiting.append(there)
    return found
