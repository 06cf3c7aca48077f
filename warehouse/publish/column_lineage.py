"""Column lineage of dbt's models: which column of which node goes into which, and what could not be resolved.

Belongs here: following dbt's models in the SQL that was run, and remembering answers between publications. Does not
belong here: one statement (`sql_lineage.py`), names for readers and the public tables (`lineage.py`).

Parsing all models takes seconds, so an answer is kept under a hash of the SQL and of the columns that the tables in it
have. Dates in the SQL are left out of the hash: the as-of day stands in most models and changes no lineage.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from warehouse.publish.influence import Influence, QueryLineage, Transformation
from warehouse.publish.manifest import Manifest, Model
from warehouse.publish.sql_lineage import query_lineage

Tables = Mapping[tuple[str, str], Sequence[str]]
"""(schema, name) -> its columns, of all tables and views of the build database."""

# Part of each hash: answers of another parser or of other rules are worth nothing. Count up when the rules change.
_RULES: Final = f"1 sqlglot {version('sqlglot')}"
_DATE: Final = re.compile(r"'\d{4}-\d{2}-\d{2}'")
_QUALIFIED: Final = re.compile(r'(?=\b(\w+)"?\."?(\w+))')  # overlapping: in a.b.c also b.c


@dataclass(frozen=True, slots=True, order=True)
class ColumnEdge:
    """`to_column` of `to_node` depends on `from_column` of `from_node`; an empty `to_column`: every row of it does."""

    from_node: str
    from_column: str
    to_node: str
    to_column: str
    transformation: Transformation


@dataclass(frozen=True, slots=True, order=True)
class Unresolved:
    """A column (empty: the whole statement) of a model whose origin is not known, and what stood in the way."""

    node: str
    column: str
    expression: str


@dataclass(frozen=True, slots=True)
class ColumnLineage:
    """Edges between models, the columns of every node in them, and the gaps."""

    edges: tuple[ColumnEdge, ...]
    columns: Mapping[str, tuple[str, ...]]
    unresolved: tuple[Unresolved, ...]


def column_lineage(
    manifest: Manifest, reached: Iterable[str], tables: Tables, remembered: Path, *, keep: bool = True
) -> ColumnLineage:
    """Column lineage of the models with these unique ids, from their inputs to their own columns.

    `remembered` is the file of earlier answers: read when it is there and whole, replaced (with `keep`) when it would
    differ. A column of a built model that the SQL does not explain is in `unresolved`; nothing is left out silently.
    """
    models = [manifest.nodes[one] for one in sorted(set(reached))]
    nodes = {model.relation: model.node for model in manifest.nodes.values() if model.relation}
    answers = _Answers(remembered)
    edges: set[ColumnEdge] = set()
    columns: dict[str, tuple[str, ...]] = {}
    unresolved: set[Unresolved] = set()
    for model in models:
        built = tuple(tables.get(model.relation or ("", ""), ()))
        columns[model.node] = built or model.columns
        if model.layer in ("entity", "reference"):  # delivered, or a file of the project: made from nothing here
            continue
        found = answers.of(model, tables)
        columns[model.node] = built or tuple(found.columns)
        edges.update(_edges(model.node, found, nodes))
        unresolved.update(Unresolved(model.node, name, what) for name, what in found.unresolved)
        unresolved.update(
            Unresolved(model.node, name, name)
            for name in built
            if name not in found.columns and not any(one == "" for one, _ in found.unresolved)
        )
    if keep:
        answers.keep()
    return ColumnLineage(tuple(sorted(edges)), columns, tuple(sorted(unresolved)))


def _edges(node: str, found: QueryLineage, nodes: Mapping[tuple[str, str], str]) -> Iterable[ColumnEdge]:
    for name, influences in [*found.columns.items(), ("", found.rows)]:
        for one in influences:
            upper = nodes.get((one.schema, one.table), f"{one.schema}.{one.table}")
            yield ColumnEdge(upper, one.column, node, name, one.transformation)


class _Answers:
    """Lineage by hash of statement and inputs, kept in a file; only what this publication asked for stays."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before = _read(path)
        self._asked: dict[str, Any] = {}

    def of(self, model: Model, tables: Tables) -> QueryLineage:
        sql = model.sql or ""
        read = {pair: list(tables[pair]) for pair in sorted(set(_QUALIFIED.findall(sql))) if pair in tables}
        told = [_RULES, _DATE.sub("date", sql), sorted((*pair, *names) for pair, names in read.items())]
        key = sha256(json.dumps(told).encode()).hexdigest()
        try:
            answer = _from_json(self._before[key])
        except (KeyError, TypeError, ValueError, AttributeError):
            answer = query_lineage(sql, read)
        self._asked[key] = _to_json(answer)
        return answer

    def keep(self) -> None:
        if self._asked.keys() == self._before.keys():
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(self._asked, separators=(",", ":")), encoding="utf-8")
        part.replace(self._path)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _to_json(answer: QueryLineage) -> dict[str, Any]:
    def listed(influences: Iterable[Influence]) -> list[list[str]]:
        return sorted([one.schema, one.table, one.column, one.transformation.value] for one in influences)

    return {
        "columns": {name: listed(influences) for name, influences in answer.columns.items()},
        "rows": listed(answer.rows),
        "unresolved": [list(one) for one in answer.unresolved],
    }


def _from_json(value: Mapping[str, Any]) -> QueryLineage:
    def read(listed: Sequence[Sequence[str]]) -> frozenset[Influence]:
        return frozenset(
            Influence(schema, table, column, Transformation(kind)) for schema, table, column, kind in listed
        )

    return QueryLineage(
        {name: read(listed) for name, listed in value["columns"].items()},
        read(value["rows"]),
        tuple((name, what) for name, what in value["unresolved"]),
    )
