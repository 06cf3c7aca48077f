"""Tables whose rows never change: the triggers that see to it, and the one way around them.

Does not belong here: which tables these are; a table says so itself (`info=APPEND_ONLY`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa


def guard(tables: Iterable[sa.Table]) -> None:
    """Have each append-only table of `tables` created with the triggers that refuse UPDATE and DELETE."""
    for table in tables:
        if not table.info.get("append_only"):
            continue
        for statement in _sqlite_triggers(table):
            _on_create(table, "sqlite", statement)
        _on_create(
            table,
            "postgresql",
            f"CREATE FUNCTION {table.name}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table.name} is append-only'; END $$",
        )
        _on_create(
            table,
            "postgresql",
            f"CREATE TRIGGER {table.name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table.name} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table.name}_append_only()",
        )


@contextmanager
def append_only_lifted(connection: sa.Connection, table: sa.Table) -> Iterator[None]:
    """Within the block, and the transaction, rows of an append-only table may change: only to complete an older one."""
    sqlite = connection.dialect.name == "sqlite"
    dropped = [f"DROP TRIGGER {table.name}_no_{verb}" for verb in ("update", "delete")]
    for statement in dropped if sqlite else [_trigger_state(table, "DISABLE")]:
        connection.exec_driver_sql(statement)
    yield
    for statement in _sqlite_triggers(table) if sqlite else [_trigger_state(table, "ENABLE")]:
        connection.exec_driver_sql(statement)


def _trigger_state(table: sa.Table, word: str) -> str:
    return f"ALTER TABLE {table.name} {word} TRIGGER {table.name}_append_only"


def _on_create(table: sa.Table, dialect: str, statement: str) -> None:
    ddl: sa.DDL = sa.DDL(statement)  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy
    sa.event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


def _sqlite_triggers(table: sa.Table) -> list[str]:
    return [
        f"CREATE TRIGGER {table.name}_no_{verb.lower()} BEFORE {verb} ON {table.name} "
        f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ]
