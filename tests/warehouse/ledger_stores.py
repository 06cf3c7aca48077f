"""The stores that a ledger has to work on: SQLite, and PostgreSQL where a server is there."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

POSTGRESQL = os.environ.get("DISTRICT_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")


@contextmanager
def postgresql_url() -> Iterator[str]:
    """An own schema in the test server, as a ledger URL; dropped afterwards."""
    server = sa.create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    schema = f"ledger_{uuid.uuid4().hex}"
    try:
        with server.connect() as connection:
            connection.execute(sa.text(f"CREATE SCHEMA {schema}"))
    except sa.exc.OperationalError as error:
        if os.environ.get("DISTRICT_REQUIRE_SERVICES") == "1":
            raise
        pytest.skip(f"no PostgreSQL at {POSTGRESQL}: {error.orig}")
    try:
        yield f"{POSTGRESQL}?options=-csearch_path%3D{schema}"
    finally:
        with server.connect() as connection:
            connection.execute(sa.text(f"DROP SCHEMA {schema} CASCADE"))
        server.dispose()
