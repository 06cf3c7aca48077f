"""The tables of the ledger, for SQLite and PostgreSQL: every module of this folder adds its own.

Belongs here: finding them, and bringing an existing database up to date. Does not belong here: queries.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateColumn

from warehouse.ledger.append_only import guard
from warehouse.ledger.schema.columns import metadata

for _module in sorted(iter_modules(__path__), key=lambda found: found.name):
    import_module(f"{__name__}.{_module.name}")
guard(metadata.sorted_tables)


def missing_parts(connection: sa.Connection) -> list[sa.Column[Any] | sa.Table]:
    """Tables and columns that this version has and the database lacks."""
    inspector = sa.inspect(connection)
    present = set(inspector.get_table_names())
    missing: list[sa.Column[Any] | sa.Table] = []
    for table in metadata.sorted_tables:
        if table.name not in present:
            missing.append(table)
            continue
        columns = {column["name"] for column in inspector.get_columns(table.name)}
        missing.extend(column for column in table.columns if column.name not in columns)
    return missing


def bring_up_to_date(connection: sa.Connection) -> list[sa.Column[Any] | sa.Table]:
    """Create what is missing, and return it; doing it again has no effect. Columns are only ever added, and then may be
    NULL."""
    missing = missing_parts(connection)
    metadata.create_all(connection, checkfirst=True)
    for part in missing:
        if isinstance(part, sa.Column):
            definition = str(CreateColumn(part).compile(dialect=connection.dialect)).replace(" NOT NULL", "")
            connection.exec_driver_sql(f"ALTER TABLE {part.table.name} ADD COLUMN {definition}")
    return missing
