"""Impact: if this field of this feed is wrong, which figures, claims, reports and exports are touched.

Belongs here: gathering what column lineage reaches. Does not belong here: walking it (`column_lineage.py`), showing it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Final

from warehouse.read.column_lineage import MEASURES, Walk, downstream, has_columns
from warehouse.read.reader import SnapshotReader

REPORTED_TIERS: Final = ("headline", "supporting")
"""Tiers of indicators whose figures the editable report prints."""


class UnknownField(LookupError):
    """No such field in the snapshot. `zh` and `en` name it and the nearest that there is."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class FieldCheck:
    """The worst newest result of a field's own checks: `failed`, `warning` or `ok`."""

    field: str
    state: str


@dataclass(frozen=True, slots=True)
class ImpactedFigure:
    """An indicator that a field touches.

    `direct`: the field's values go into the figure; otherwise they only choose rows or values. `columns`: those of the
    figure that are made of it directly. `kinds`: see `column_lineage.Reached`. `periods`: published district totals.
    """

    indicator_code: str
    name_zh: str
    name_en: str
    tier: str
    direct: bool
    columns: list[str]
    kinds: list[str]
    periods: int
    reported: bool


@dataclass(frozen=True, slots=True)
class ImpactedClaim:
    """A claim of the plan that rests on a touched figure; `direct` if on one touched directly."""

    claim_code: str
    text_zh: str
    text_en: str
    direct: bool


@dataclass(frozen=True, slots=True)
class Impact:
    """What a wrong field touches, direct ones first. `models` are the tables of the build on the way."""

    feed: str
    entity: str
    field: str
    label_zh: str
    label_en: str
    figures: list[ImpactedFigure]
    claims: list[ImpactedClaim]
    models: list[str]
    exports: list[str]
    unresolved: int

    def to_json(self) -> str:
        """As one JSON object."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2)


def fields(reader: SnapshotReader, feed: str, entity: str) -> dict[str, tuple[str, str]]:
    """Field -> labels (zh, en) of an entity; empty for an entity that is not in the snapshot."""
    found = reader.rows("SELECT fields FROM feed WHERE feed = ? AND entity = ?", [feed, entity])
    described = json.loads(found[0]["fields"] or "[]") if found else []
    return {one["name"]: (one.get("label_zh") or one["name"], one.get("label_en") or one["name"]) for one in described}


def impact(reader: SnapshotReader, feed: str, entity: str, field: str) -> Impact:
    """What is touched if the field is wrong. Raises UnknownField, which names what there is."""
    labels = _known(reader, feed, entity, field)
    walk = downstream(reader, f"raw_{feed}.{entity}", [field])[field]
    figures = _figures(reader, walk)
    return Impact(
        feed=feed,
        entity=entity,
        field=field,
        label_zh=labels[0],
        label_en=labels[1],
        figures=figures,
        claims=_claims(reader, {figure.indicator_code: figure.direct for figure in figures}),
        models=sorted(
            {node for node, _ in walk.places if "." not in node}  # neither the entity nor an indicator
        ),
        exports=_exports(figures),
        unresolved=_gaps(reader),
    )


def figures_by_field(reader: SnapshotReader, feed: str, entity: str) -> dict[str, list[ImpactedFigure]]:
    """Every field of an entity -> the figures it touches, direct ones first."""
    walks = downstream(reader, f"raw_{feed}.{entity}", fields(reader, feed, entity))
    return {name: _figures(reader, walk) for name, walk in walks.items()}


def field_states(reader: SnapshotReader, feed: str, entity: str) -> list[FieldCheck]:
    """State of each field that has checks, by their newest results."""
    return reader.records(
        FieldCheck,
        """
        SELECT field, CASE max(rank) WHEN 3 THEN 'failed' WHEN 2 THEN 'warning' ELSE 'ok' END AS state
        FROM (
            SELECT column_name AS field,
                   CASE outcome WHEN 'PASSED' THEN 1 WHEN 'WARN' THEN 2 ELSE 3 END AS rank
            FROM check_result
            WHERE feed = ? AND entity = ? AND column_name IS NOT NULL
            QUALIFY row_number() OVER (PARTITION BY check_key ORDER BY evaluated_at DESC) = 1
        ) GROUP BY field ORDER BY field
        """,
        [feed, entity],
    )


def _known(reader: SnapshotReader, feed: str, entity: str, field: str) -> tuple[str, str]:
    if not has_columns(reader):
        raise UnknownField(
            f"快照 {reader.snapshot_id} 由旧版本发布，没有字段级血缘；请重新运行 district run 后再查。",
            f"Snapshot {reader.snapshot_id} was published by an older version, without column lineage; run "
            "district run and ask again.",
        )
    known = fields(reader, feed, entity)
    if not known:
        names = ", ".join(
            f"{row['feed']}.{row['entity']}" for row in reader.rows("SELECT feed, entity FROM feed ORDER BY 1, 2")
        )
        raise UnknownField(
            f"快照 {reader.snapshot_id} 中没有数据表 {feed}.{entity}。可选：{names}",
            f"Snapshot {reader.snapshot_id} has no entity {feed}.{entity}. There are: {names}",
        )
    if field not in known:
        raise UnknownField(
            f"{feed}.{entity} 没有字段 {field}。可选：{', '.join(known)}",
            f"{feed}.{entity} has no field {field}. There are: {', '.join(known)}",
        )
    return known[field]


def _figures(reader: SnapshotReader, walk: Walk) -> list[ImpactedFigure]:
    touched: dict[str, list[str]] = {}
    kinds: dict[str, set[str]] = {}
    for (node, column), reached in walk.places.items():
        kind, _, code = node.partition(".")
        if kind == "indicator":
            touched.setdefault(code, [])
            if reached.direct and column in MEASURES:
                touched[code].append(column)
    for code, direct in touched.items():
        for (node, column), reached in walk.places.items():
            if node == f"indicator.{code}" and (column in direct if direct else not reached.direct):
                kinds.setdefault(code, set()).update(reached.kinds)
    found = reader.rows(
        """
        SELECT i.indicator_code, i.name_zh, i.name_en, i.tier, count(o.period_end) AS periods
        FROM indicator AS i
        LEFT JOIN indicator_observation AS o
            ON o.indicator_code = i.indicator_code AND o.area_code = (SELECT district_code FROM snapshot)
        WHERE list_contains($codes, i.indicator_code)
        GROUP BY ALL ORDER BY i.indicator_code
        """,
        {"codes": sorted(touched)},
    )
    figures = [
        ImpactedFigure(
            **row,
            direct=bool(touched[row["indicator_code"]]),
            columns=[name for name in MEASURES if name in touched[row["indicator_code"]]],
            kinds=sorted(kinds.get(row["indicator_code"], ())),
            reported=row["tier"] in REPORTED_TIERS,
        )
        for row in found
    ]
    order = {tier: position for position, tier in enumerate((*REPORTED_TIERS, "operational"))}
    return sorted(figures, key=lambda one: (not one.direct, order.get(one.tier, len(order)), one.indicator_code))


def _claims(reader: SnapshotReader, figures: dict[str, bool]) -> list[ImpactedClaim]:
    found = reader.rows(
        """
        SELECT c.claim_code, c.text_zh, c.text_en, list(i.indicator_code) AS codes
        FROM claim AS c JOIN claim_indicator AS i ON i.claim_code = c.claim_code
        WHERE list_contains($codes, i.indicator_code)
        GROUP BY ALL ORDER BY c.claim_code
        """,
        {"codes": sorted(figures)},
    )
    return [
        ImpactedClaim(row["claim_code"], row["text_zh"], row["text_en"], any(figures[code] for code in row["codes"]))
        for row in found
    ]


def _exports(figures: list[ImpactedFigure]) -> list[str]:
    """Files for others that hold a touched figure, by the names of `district export` and `district report`."""
    if not any(figure.periods for figure in figures):
        return []
    reported = any(figure.reported and figure.periods for figure in figures)
    return ["parquet", "sdmx-csv", *(["report"] if reported else [])]


def _gaps(reader: SnapshotReader) -> int:
    rows: list[dict[str, Any]] = reader.rows(
        "SELECT count(*) AS gaps FROM lineage_column WHERE unresolved_en IS NOT NULL"
    )
    return int(rows[0]["gaps"])
