"""Public data for the examples: beside the repository or at `DISTRICT_EXAMPLE_DATA`, else the tests are skipped."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sources.contract.loading import load_feeds
from sources.intake import PullReport, pull
from warehouse.home import REPOSITORY, Home
from warehouse.ledger import Ledger

EXAMPLES = REPOSITORY / "docs" / "examples"


@dataclass(frozen=True)
class Delivered:
    """An example's feed after one pull."""

    home: Home
    ledger: Ledger
    feed: str
    report: PullReport

    def raw(self, entity: str, sql: str) -> list[tuple[Any, ...]]:
        """`sql` over the view `raw` of the entity's admitted rows."""
        files = self.home.raw / self.feed / entity / "*" / "*" / "*.parquet"
        with duckdb.connect() as connection:
            connection.execute(f"CREATE VIEW raw AS SELECT * FROM read_parquet('{files}', hive_partitioning = true)")
            return connection.execute(sql).fetchall()

    def rejects(self, entity: str) -> dict[str, int]:
        """Rejected rows of the entity by reason code."""
        files = self.home.rejects / self.feed / entity / "*.parquet"
        with duckdb.connect() as connection:
            sql = f"SELECT reason_code, count(DISTINCT (_file, _row)) FROM read_parquet('{files}') GROUP BY 1"
            return dict(connection.execute(sql).fetchall())


@pytest.fixture
def delivered(home: Home, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Delivered]:
    """Pull a feed by an example's contract."""
    data = Path(os.environ.get("DISTRICT_EXAMPLE_DATA") or REPOSITORY.parent / "shared" / "data")
    if not data.is_dir():
        pytest.skip(f"no public data at {data}; name their folder in DISTRICT_EXAMPLE_DATA")

    def pull_example(example: str, feed: str) -> Delivered:
        monkeypatch.setenv("DISTRICT_EXAMPLE_DATA", str(data))
        monkeypatch.setenv("DISTRICT_FEEDS", str(EXAMPLES / example))
        report = pull(load_feeds()[feed], home, ledger, run_id="example")
        assert report.problems == []
        return Delivered(home, ledger, feed, report)

    return pull_example
