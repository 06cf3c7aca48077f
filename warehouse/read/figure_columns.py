"""The columns that a figure is made from, with the state of the fields they begin with.

Belongs here: what the drawing of an indicator's columns and the list of its fields need. Does not belong here: walking
the edges (`column_lineage.py`), drawing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from warehouse.read.column_lineage import Column, ColumnEdge, columns, upstream
from warehouse.read.impact import field_states
from warehouse.read.lineage import Node, of_indicator
from warehouse.read.reader import SnapshotReader

_FIGURE: Final = ("value",)
_RAW: Final = "raw_"


@dataclass(frozen=True, slots=True)
class FigureColumn:
    """A column whose values go into the figure. `state`: ok, warning or failed for a field with checks, else None."""

    node: str
    column_name: str
    label_zh: str | None
    label_en: str | None
    state: str | None


@dataclass(frozen=True, slots=True)
class FieldUse:
    """A field that the figure depends on; `kinds` as in `column_lineage.Reached`.

    `state`: of the field's own checks, else of its table's; None where there are none.
    """

    feed: str
    entity: str
    field: str
    label_zh: str
    label_en: str
    direct: bool
    kinds: list[str]
    state: str | None


@dataclass(frozen=True, slots=True)
class FigureColumns:
    """Tables from left to right, their columns on direct ways, the steps, and every field that counts.

    `held`: entities (as nodes) whose newest batch is held.
    """

    nodes: tuple[Node, ...]
    columns: tuple[FigureColumn, ...]
    steps: tuple[ColumnEdge, ...]
    fields: tuple[FieldUse, ...]
    held: frozenset[str]


def of_figure(reader: SnapshotReader, code: str) -> FigureColumns:
    """What the value of an indicator is made from; empty where the snapshot has no column lineage."""
    walk = upstream(reader, f"indicator.{code}", _FIGURE)
    graph = {node.node: node for node in of_indicator(reader, code).nodes}
    named = {(one.node, one.column_name): one for one in columns(reader, {node for node, _ in walk.places})}
    contract_fields = _contract_fields(reader)
    states: dict[str, dict[str, str]] = {}
    for node in {node for node, _ in walk.places if node in contract_fields}:
        feed, entity = _feed_and_entity(node)
        states[node] = {one.field: one.state for one in field_states(reader, feed, entity)}

    drawn = [
        FigureColumn(place[0], place[1], *_labels(named.get(place)), states.get(place[0], {}).get(place[1]))
        for place, reached in walk.places.items()
        if reached.direct and place[0] in graph
    ]
    used = [
        FieldUse(
            feed=_feed_and_entity(node)[0],
            entity=_feed_and_entity(node)[1],
            field=column,
            label_zh=_labels(named.get((node, column)))[0] or column,
            label_en=_labels(named.get((node, column)))[1] or column,
            direct=reached.direct,
            kinds=sorted(reached.kinds),
            state=states.get(node, {}).get(column) or _known(graph.get(node)),
        )
        for (node, column), reached in walk.places.items()
        if column in contract_fields.get(node, ())
    ]
    touched = {column.node for column in drawn} | {f"{_RAW}{one.feed}.{one.entity}" for one in used}
    nodes = sorted((node for name, node in graph.items() if name in touched), key=lambda one: (one.level, one.node))
    return FigureColumns(
        tuple(nodes),
        tuple(sorted(drawn, key=lambda one: (one.node, one.column_name))),
        tuple(step for step in walk.steps if step.from_node in graph),
        tuple(sorted(used, key=lambda one: (not one.direct, one.feed, one.entity, one.field))),
        frozenset(_held(reader)),
    )


def _known(entity: Node | None) -> str | None:
    return entity.checks if entity is not None and entity.checks != "unknown" else None


def _feed_and_entity(node: str) -> tuple[str, str]:
    feed, _, entity = node.removeprefix(_RAW).partition(".")
    return feed, entity


def _labels(column: Column | None) -> tuple[str | None, str | None]:
    return (None, None) if column is None else (column.label_zh, column.label_en)


def _contract_fields(reader: SnapshotReader) -> dict[str, set[str]]:
    """Entity as node -> fields of its contract: admission's own columns are not among them."""
    found: list[dict[str, Any]] = reader.rows(
        "SELECT feed, entity, json_extract_string(fields, '$[*].name') AS names FROM feed"
    )
    return {f"{_RAW}{row['feed']}.{row['entity']}": set(row["names"] or ()) for row in found}


def _held(reader: SnapshotReader) -> list[str]:
    return [
        row["node"]
        for row in reader.rows(
            f"""
            SELECT '{_RAW}' || feed || '.' || entity AS node FROM batch
            GROUP BY feed, entity HAVING arg_max(status, received_at) = 'held'
            """
        )
    ]
