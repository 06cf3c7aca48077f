"""The public tables of a snapshot: the product's interface, and the one home of their columns.

Belongs here: names, DuckDB types, keys and the meaning of every column (zh, en), and which columns differ between two
runs over the same inputs (`volatile`: run ids, wall times, version of the code). Columns may be added, not changed.
Does not belong here: how the rows come about (`snapshot_file.py` and its neighbours).

Units: percentages of figures are 0-100; shares (`time_share`, `progress_share`, `required_share`, `coverage`) are
fractions, 1.0 = all. Timestamps are UTC without a zone; dates are district-local.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from warehouse.publish.tables.shape import Column, PublicTable

__all__ = ["TABLES", "Column", "PublicTable"]

_FOUND: Final[list[PublicTable]] = [
    value
    for module in sorted(iter_modules(__path__), key=lambda found: found.name)
    for value in vars(import_module(f"{__name__}.{module.name}")).values()
    if isinstance(value, PublicTable)
]
TABLES: Final[Mapping[str, PublicTable]] = {table.name: table for table in _FOUND}
"""Every public table by its name; a module of this folder that defines one adds it."""
