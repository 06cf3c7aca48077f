"""Which columns of which tables a SELECT's columns are made from; the only module that imports sqlglot.

Belongs here: one statement, as dbt compiled it, without what lies before it. Does not belong here: the words of the
answer (`influence.py`), which models there are and how they follow each other (`column_lineage.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

from warehouse.publish.influence import DIRECT, Influence, QueryLineage, Transformation

DIALECT: Final = "duckdb"
# dbt's bookkeeping of what an incremental build replaces: it says which partitions are built, not what is in them, and
# a first build compiles without it. Lineage must not differ between the two.
_BOOKKEEPING: Final = "build_state"
_NO_INFLUENCE: Final = "lineage: none"


def query_lineage(sql: str, tables: Mapping[tuple[str, str], Sequence[str]]) -> QueryLineage:
    """Lineage of one SELECT. `tables`: (schema, name) -> columns of what it reads. Never raises for bad SQL."""
    try:
        tree = _statement(sql)
        schema: dict[str, object] = {}
        for (schema_name, table), columns in tables.items():
            tables_of = schema.setdefault(schema_name, {})
            assert isinstance(tables_of, dict)
            tables_of[table] = dict.fromkeys(columns, "unknown")
        qualified = qualify(
            tree,
            dialect=DIALECT,
            schema=MappingSchema(schema, dialect=DIALECT, normalize=False),
            validate_qualify_columns=False,
            quote_identifiers=False,
        )
        scope = build_scope(qualified)
    except (SqlglotError, RecursionError) as error:
        return QueryLineage({}, frozenset(), (("", _plain(error)),))
    if scope is None:
        return QueryLineage({}, frozenset(), (("", "SELECT"),))
    walk = _Walk(tables)
    columns_of = {name: frozenset(walk.column(scope, name)) for name in walk.names(scope)}
    rows = frozenset(walk.rows(scope))
    return QueryLineage(columns_of, rows, tuple(sorted(walk.unresolved)))


def _statement(sql: str) -> exp.Expr:
    """Parsed, without database names and without the conditions of incremental builds."""
    tree = parse_one(sql, dialect=DIALECT)
    for table in tree.find_all(exp.Table):
        table.set("catalog", None)
    for condition in list(tree.find_all(exp.In, exp.Exists)):
        if any(table.db == _BOOKKEEPING for table in condition.find_all(exp.Table)):
            condition.replace(exp.true())
    return tree


def _plain(error: Exception) -> str:
    """A parser's message on one line, without the codes that underline in a terminal."""
    return " ".join(re.sub(r"\x1b\[\d*m", "", str(error)).split())[:300]


_Influences = set[Influence]


class _Walk:
    """Follows columns from the outermost SELECT to tables. Answers are kept: CTEs are read more than once."""

    def __init__(self, tables: Mapping[tuple[str, str], Sequence[str]]) -> None:
        self._tables = tables
        self.unresolved: set[tuple[str, str]] = set()
        self._columns: dict[tuple[int, str], _Influences] = {}
        self._rows: dict[int, _Influences] = {}
        self._top = ""

    def names(self, scope: Scope) -> list[str]:
        """The answer's columns, in order."""
        tree = scope.expression
        return [name for name in tree.named_selects if name] if isinstance(tree, exp.Query) else []

    def column(self, scope: Scope, name: str) -> _Influences:
        """What goes into a column of a scope's answer."""
        if scope.parent is None:
            self._top = name
        key = (id(scope), name)
        if key not in self._columns:
            self._columns[key] = set()  # a recursive CTE meets itself here: it adds nothing that its anchor lacks
            self._columns[key] = self._column(scope, name)
        return self._columns[key]

    def rows(self, scope: Scope) -> _Influences:
        """What decides which rows a scope answers."""
        key = id(scope)
        if key not in self._rows:
            self._rows[key] = set()
            self._rows[key] = self._decided(scope)
        return self._rows[key]

    def _column(self, scope: Scope, name: str) -> _Influences:
        tree = scope.expression
        if isinstance(tree, exp.SetOperation):
            left, right = scope.set_operation_scopes
            found = set(self.column(left, name))
            if isinstance(tree, exp.Union):
                found |= self.column(right, self._opposite(tree, name))
            return found
        if isinstance(tree, exp.Select):
            for projection in tree.selects:
                if projection.alias_or_name == name:
                    if _is_without_influence(projection):
                        return set()
                    return self._expression(scope, projection.unalias(), Transformation.IDENTITY)
            self._lost(name, f"{name}: {'*' if tree.is_star else tree.sql(dialect=DIALECT)[:120]}")
            return set()
        # a table function (unnest, range): each of its columns comes from all of its arguments
        return self._expression(scope, tree, Transformation.TRANSFORMATION)

    @staticmethod
    def _opposite(union: exp.SetOperation, name: str) -> str:
        """The other side's column: by position, or by name where the statement says so."""
        if union.args.get("by_name"):
            return name
        return union.right.named_selects[union.left.named_selects.index(name)]

    def _decided(self, scope: Scope) -> _Influences:
        tree = scope.expression
        if isinstance(tree, exp.SetOperation):
            left, right = scope.set_operation_scopes
            found = self.rows(left) | self.rows(right)
            if not isinstance(tree, exp.Union):  # INTERSECT, EXCEPT: the right side only chooses
                found |= self._whole(right, Transformation.FILTER)
            elif tree.args.get("distinct"):
                found |= self._whole(left, Transformation.GROUP_BY) | self._whole(right, Transformation.GROUP_BY)
            return found
        if not isinstance(tree, exp.Select):
            return set()
        found = set()
        for part, kind in _CLAUSES.items():
            if (clause := tree.args.get(part)) is not None and (
                kind is not Transformation.SORT or tree.args.get("limit")
            ):
                found |= self._expression(scope, clause, kind)
        for join in tree.args.get("joins") or ():
            if (condition := join.args.get("on")) is not None:
                found |= self._expression(scope, condition, Transformation.JOIN)
        if tree.args.get("distinct"):
            for projection in tree.selects:
                found |= self._expression(scope, projection, Transformation.GROUP_BY)
        for _, source in scope.selected_sources.values():
            if isinstance(source, Scope):
                found |= self.rows(source)
        return found

    def _whole(self, scope: Scope, kind: Transformation) -> _Influences:
        """A whole subquery taken as a condition."""
        found = set(self.rows(scope))
        for name in self.names(scope):
            found |= self.column(scope, name)
        return {one.through(kind) for one in found}

    def _expression(self, scope: Scope, node: exp.Expr, kind: Transformation) -> _Influences:
        """What goes into an expression whose result is used as `kind` says."""
        if isinstance(node, exp.Column):
            return {one.through(kind) for one in self._resolved(scope, node)}
        found: _Influences = set()
        if isinstance(node, exp.Query):
            inner = self._subquery(scope, node)
            if inner is None:
                self._lost(self._top, node.sql(dialect=DIALECT)[:120])
                return found
            taken = kind if kind.direct and not isinstance(node.parent, exp.Exists) else _condition(kind)
            for name in self.names(inner):
                found |= {one.through(taken) for one in self.column(inner, name)}
            return found | {one.through(_condition(kind)) for one in self.rows(inner)}
        for child, used in _parts(node, kind):
            found |= self._expression(scope, child, used)
        return found

    @staticmethod
    def _subquery(scope: Scope, node: exp.Expr) -> Scope | None:
        inside = node.unnest() if isinstance(node, exp.Subquery) else node
        looked: Scope | None = scope
        while looked is not None:
            for one in (*looked.subquery_scopes, *looked.derived_table_scopes):
                if one.expression is inside or one.expression is node:
                    return one
            looked = looked.parent
        return None

    def _resolved(self, scope: Scope, column: exp.Column) -> _Influences:
        """A column of a table, or what a CTE's, a subquery's or the outer query's column is made from."""
        looked: Scope | None = scope
        while looked is not None and column.table not in looked.sources:
            looked = looked.parent
        source = None if looked is None else looked.sources.get(column.table)
        if looked is not None and isinstance(source, Scope):
            return self.column(source, column.name)
        if looked is not None and isinstance(source, exp.Table) and isinstance(source.this, exp.Func):
            return self._expression(looked, source.this, Transformation.TRANSFORMATION)
        if isinstance(source, exp.Table) and column.name in self._tables.get((source.db, source.name), ()):
            return {Influence(source.db, source.name, column.name, Transformation.IDENTITY)}
        if not _is_bound(column):
            self._lost(self._top, column.sql(dialect=DIALECT))
        return set()

    def _lost(self, name: str, what: str) -> None:
        self.unresolved.add((name, what))


_CLAUSES: Final[Mapping[str, Transformation]] = {
    "where": Transformation.FILTER,
    "group": Transformation.GROUP_BY,
    "having": Transformation.FILTER,
    "qualify": Transformation.FILTER,
    "order": Transformation.SORT,  # counts where a LIMIT cuts
}


def _is_without_influence(projection: exp.Expr) -> bool:
    """Whether its author says so in a comment before it: no parser can see that two ways come out alike."""
    return any(_NO_INFLUENCE in comment for part in projection.walk() for comment in part.comments or ())


def _condition(kind: Transformation) -> Transformation:
    """How a condition acts inside something that is used as `kind` says."""
    return Transformation.CONDITIONAL if kind.direct else kind


def _parts(node: exp.Expr, kind: Transformation) -> Iterator[tuple[exp.Expr, Transformation]]:
    """The parts of an expression, and what each is to its result."""
    match node:
        case exp.Alias() | exp.Paren():
            used = kind
        case exp.Lag() | exp.Lead() | exp.FirstValue() | exp.LastValue() | exp.NthValue():  # one row's value
            used = _stronger(kind, Transformation.TRANSFORMATION)
        case exp.AggFunc():
            used = _stronger(kind, Transformation.AGGREGATION)
        case _:
            used = _stronger(kind, Transformation.TRANSFORMATION)
    for name, value in node.args.items():
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, exp.Expr):
                continue
            match node, name:
                case (exp.If(), "this") | (exp.Filter(), "expression"):
                    yield child, _condition(kind)
                case exp.Case(), "this":
                    yield child, _condition(kind)
                case (exp.Filter(), "this") | (exp.Window(), "this"):
                    yield child, used
                case exp.Window(), _:
                    yield child, Transformation.WINDOW if kind.direct else kind
                case ((exp.Grouping() | exp.GroupingId()), _):
                    yield child, Transformation.GROUP_BY if kind.direct else kind
                case _:
                    yield child, used


def _stronger(kind: Transformation, step: Transformation) -> Transformation:
    return max(kind, step, key=DIRECT.index) if kind.direct else kind


def _is_bound(column: exp.Column) -> bool:
    """Whether it is the parameter of a lambda around it."""
    around = column.find_ancestor(exp.Lambda)
    while around is not None:
        if column.name in {parameter.name for parameter in around.expressions}:
            return True
        around = around.find_ancestor(exp.Lambda)
    return False
