"""The words of column lineage: what goes into a column, and how.

Belongs here: the kinds of influence and how they add up over several steps. Does not belong here: reading SQL
(`sql_lineage.py`).

The kinds are those of OpenLineage's column lineage facet. Direct: the value itself goes in (identity, transformation,
aggregation). Indirect: it only decides which rows count or which value is chosen. `conditional` (the condition of a
CASE or FILTER) and `window` (its partition and order) concern one column; filter, join, group_by and sort concern every
row of the answer, so every column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Transformation(StrEnum):
    """What becomes of an input column on its way."""

    IDENTITY = "identity"
    TRANSFORMATION = "transformation"
    AGGREGATION = "aggregation"
    CONDITIONAL = "conditional"
    WINDOW = "window"
    FILTER = "filter"
    JOIN = "join"
    GROUP_BY = "group_by"
    SORT = "sort"

    @property
    def direct(self) -> bool:
        """Whether the value itself goes in."""
        return self in DIRECT


DIRECT: Final = (Transformation.IDENTITY, Transformation.TRANSFORMATION, Transformation.AGGREGATION)  # ever stronger


@dataclass(frozen=True, slots=True, order=True)
class Influence:
    """A column of a table (schema, name) that goes in, and how."""

    schema: str
    table: str
    column: str
    transformation: Transformation

    def through(self, outer: Transformation) -> Influence:
        """The same after one more step: a direct step keeps what came before, an indirect one covers it."""
        if not outer.direct:
            kept = outer
        elif not self.transformation.direct:
            kept = self.transformation
        else:
            kept = max(self.transformation, outer, key=DIRECT.index)
        return Influence(self.schema, self.table, self.column, kept)


@dataclass(frozen=True, slots=True)
class QueryLineage:
    """What each column of the answer is made from, what decides which rows there are, what could not be resolved."""

    columns: Mapping[str, frozenset[Influence]]
    rows: frozenset[Influence]
    unresolved: tuple[tuple[str, str], ...] = ()
    """(column of the answer or '' for the statement, what could not be resolved)."""
