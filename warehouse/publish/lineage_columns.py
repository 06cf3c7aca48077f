"""Rows of `lineage_edge` between columns, and of `lineage_column`: field -> staging -> conformed -> model -> figure.

Belongs here: names for readers, from contracts as far as a column is a field under another roof; the last step, from an
indicator's model to its figures; words for what could not be resolved. Does not belong here: finding the edges
(`column_lineage.py`), edges between whole tables (`lineage.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb

from warehouse.ledger import FeedContract
from warehouse.publish import build_tables, snapshot_file
from warehouse.publish.column_lineage import ColumnEdge, ColumnLineage, column_lineage
from warehouse.publish.influence import Transformation
from warehouse.publish.lineage import lineage_edges
from warehouse.publish.manifest import Manifest

Label = tuple[str, str]

FIGURE_COLUMNS: Final = ("numerator", "denominator", "value", "coverage", "area_code", "period_start", "period_end")
"""Columns of an indicator's model that are a figure and what it is about; the others name it or its batches."""

# Columns that the project itself gives; a contract's own label of a field comes first.
_OWN_LABELS: Final[Mapping[str, Label]] = {
    "value": ("数值", "value"),
    "numerator": ("分子", "numerator"),
    "denominator": ("分母", "denominator"),
    "coverage": ("数据到位比例", "coverage"),
    "area_code": ("区域", "area"),
    "period_type": ("期别", "kind of period"),
    "period_start": ("期初", "first day of the period"),
    "period_end": ("期末", "last day of the period"),
    "subdistrict_code": ("街镇", "subdistrict"),
    "valid_from": ("版本起日", "version holds from"),
    "valid_to": ("版本止日", "version holds until"),
    "dt": ("业务日期", "business date"),
    "_batch_id": ("批次", "batch"),
    "batch_id": ("批次", "batch"),
    "batch_ids": ("批次", "batches"),
    "_row": ("行号", "row number"),
    "_received_at": ("接收时间", "received"),
    "_generated_at": ("生成时间", "generated"),
    "_batch_order": ("批次先后", "order of batches"),
    "_deleted": ("删除标记", "deletion mark"),
    "indicator_code": ("指标编码", "indicator code"),
    "definition_version": ("口径版本", "definition version"),
}


def fill_lineage(
    connection: duckdb.DuckDBPyConnection,
    manifest: Manifest,
    contracts: Sequence[FeedContract],
    definitions: Sequence[Mapping[str, Any]],
    *,
    remembered: Path,
    keep: bool,
) -> None:
    """Fill `lineage_edge` and `lineage_column`; the build database is attached as `build`. See `column_lineage`."""
    whole = lineage_edges(manifest, contracts, definitions)
    named = {edge[side] for edge in whole for side in ("from_node", "to_node")}
    models = [unique_id for unique_id, model in manifest.nodes.items() if model.node in named]
    found = column_lineage(manifest, models, build_tables.relations(connection), remembered, keep=keep)
    edges, columns = column_rows(found, whole, contracts)
    snapshot_file.insert(connection, "lineage_edge", [*whole, *edges])
    snapshot_file.insert(connection, "lineage_column", columns)


def column_rows(
    lineage: ColumnLineage,
    whole: Sequence[Mapping[str, Any]],
    contracts: Sequence[FeedContract],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of `lineage_edge` between columns, and rows of `lineage_column`.

    `whole` are the edges between tables: they name the nodes, and their last ones lead from a model to its indicator.
    """
    names = _node_names(whole)
    last = {edge["from_node"]: edge["to_node"] for edge in whole if edge["to_kind"] == "indicator"}
    edges = [*lineage.edges, *_to_figures(lineage, last)]
    columns = {**lineage.columns, **dict.fromkeys(last.values(), FIGURE_COLUMNS)}
    for edge in lineage.edges:
        if edge.from_node not in columns:  # a table outside the project's models, such as the ledger's
            columns[edge.from_node] = tuple(sorted({e.from_column for e in edges if e.from_node == edge.from_node}))
    labels = _labels(edges, columns, contracts)
    return list(_edge_rows(edges, names)), list(_column_rows(lineage, columns, labels))


def _to_figures(lineage: ColumnLineage, last: Mapping[str, str]) -> Iterator[ColumnEdge]:
    for model, indicator in last.items():
        for column in FIGURE_COLUMNS:
            if column in lineage.columns.get(model, ()):
                yield ColumnEdge(model, column, indicator, column, Transformation.IDENTITY)


def _node_names(whole: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, str, str]]:
    """Node -> kind, label zh, label en."""
    return {
        edge[f"{side}_node"]: (edge[f"{side}_kind"], edge[f"{side}_label_zh"], edge[f"{side}_label_en"])
        for edge in whole
        for side in ("from", "to")
    }


def _edge_rows(edges: Sequence[ColumnEdge], names: Mapping[str, tuple[str, str, str]]) -> Iterator[dict[str, Any]]:
    for edge in edges:
        upper = names.get(edge.from_node, ("ledger", edge.from_node, edge.from_node))
        lower = names[edge.to_node]
        yield {
            "from_node": edge.from_node,
            "from_kind": upper[0],
            "from_label_zh": upper[1],
            "from_label_en": upper[2],
            "to_node": edge.to_node,
            "to_kind": lower[0],
            "to_label_zh": lower[1],
            "to_label_en": lower[2],
            "from_column": edge.from_column,
            "to_column": edge.to_column,
            "transformation": edge.transformation.value,
        }


def _labels(
    edges: Sequence[ColumnEdge], columns: Mapping[str, Sequence[str]], contracts: Sequence[FeedContract]
) -> dict[tuple[str, str], Label]:
    """(node, column) -> label: a field's own, else that of the one field it is the same as, else the project's."""
    labels: dict[tuple[str, str], Label] = {
        (f"raw_{contract.feed}.{contract.entity}", field["name"]): (
            field.get("label_zh") or field["name"],
            field.get("label_en") or field["name"],
        )
        for contract in contracts
        for field in contract.fields
    }
    same: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for edge in edges:
        if edge.transformation is Transformation.IDENTITY:
            same.setdefault((edge.to_node, edge.to_column), []).append((edge.from_node, edge.from_column))

    def named(place: tuple[str, str]) -> Label | None:
        if place not in labels:
            own = _OWN_LABELS.get(place[1])
            found = {label for upper in same.get(place, ()) if (label := named(upper)) is not None}
            chosen = own or (found.pop() if len(found) == 1 else None)
            if chosen is None:
                return None
            labels[place] = chosen
        return labels[place]

    for node, names in columns.items():
        for name in names:
            named((node, name))
    return labels


def _column_rows(
    lineage: ColumnLineage, columns: Mapping[str, Sequence[str]], labels: Mapping[tuple[str, str], Label]
) -> Iterator[dict[str, Any]]:
    gaps: dict[tuple[str, str], list[str]] = {}
    for one in lineage.unresolved:
        gaps.setdefault((one.node, one.column), []).append(one.expression)
    for node, names in columns.items():
        for position, name in enumerate(names, start=1):
            zh, en = labels.get((node, name), (None, None))
            yield {"node": node, "column_name": name, "position": position, "label_zh": zh, "label_en": en} | _gap(
                node, gaps.pop((node, name), None)
            )
    for (node, name), expressions in gaps.items():
        yield {"node": node, "column_name": name, "position": 0} | _gap(node, expressions)


def _gap(node: str, expressions: Sequence[str] | None) -> dict[str, str | None]:
    if not expressions:
        return {"unresolved_zh": None, "unresolved_en": None}
    what = "; ".join(expressions)
    return {
        "unresolved_zh": f"模型 {node} 的 SQL 有无法追溯的部分：{what}。请写明该字段所属表的别名，或改用可解析的写法；"
        "改好之前，受影响的指标可能列不全。",
        "unresolved_en": f"The SQL of model {node} has a part that cannot be followed: {what}. Name the column's table "
        "by its alias, or write it in a form that can be parsed; until then the indicators concerned may be missing.",
    }
