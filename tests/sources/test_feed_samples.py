"""Recorded deliveries in a feed's folder give, taken in by its contract, what `expected.yaml` says.

`entities` there: entity -> `good` (rows admitted), `rejected` (rows), `held` (batches, default 0), `period` (the day to
ask a windowed source for).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from sources.contract.feed import Feed
from sources.contract.loading import load_feeds
from sources.intake import pull
from sources.simulator.simulation import departments
from tests.sources.recorded_sources import recorded
from warehouse.home import Home
from warehouse.ledger import Ledger

pytestmark = pytest.mark.slow

FEEDS = load_feeds([])


def expectations(feed: Feed) -> dict[str, Any]:
    """`samples/expected.yaml` of the feed's folder."""
    document: dict[str, Any] = yaml.safe_load((feed.path.parent / "samples" / "expected.yaml").read_text("utf-8"))
    return document


SAMPLED = [name for name, feed in FEEDS.items() if (feed.path.parent / "samples").is_dir()]
CASES = [(feed, entity) for feed in SAMPLED for entity in FEEDS[feed].entities]


def test_every_feed_can_be_tried_without_its_department() -> None:
    assert FEEDS.keys() <= {*SAMPLED, *departments()}


@pytest.mark.parametrize("name", SAMPLED)
def test_every_entity_has_a_recorded_delivery(name: str) -> None:
    expected = expectations(FEEDS[name])["entities"]

    assert expected.keys() == FEEDS[name].entities.keys()
    assert all(counts["good"] > 0 for counts in expected.values())


@pytest.mark.parametrize(("name", "entity"), CASES, ids=[f"{feed}.{entity}" for feed, entity in CASES])
def test_samples_give_the_expected_rows(name: str, entity: str, home: Home, ledger: Ledger, tmp_path: Path) -> None:
    feed = FEEDS[name]
    document = expectations(feed)
    expected = document["entities"][entity]
    asked: date | None = expected.get("period")

    with recorded(feed, feed.path.parent / "samples", tmp_path) as sampled:
        report = pull(
            sampled, home, ledger, entities=[entity], period=(asked, asked) if asked else None,
            as_of=document["as_of"], run_id="samples",
        )  # fmt: skip

    assert report.problems == []
    admitted = [batch for batch in report.batches if batch.status == "admitted"]
    held = [batch for batch in report.batches if batch.status == "held"]
    found = {
        "good": sum(batch.rows_admitted for batch in admitted),
        "rejected": sum(batch.rows_rejected for batch in admitted),
        "held": len(held),
    }
    assert found == {"held": 0} | {key: expected[key] for key in ("good", "rejected", "held") if key in expected}, [
        (batch.reason_en, [check for check in batch.checks if not check.ok]) for batch in held
    ]
    # A clean small delivery passes every check that could keep it out, and each of them was really evaluated.
    assert [
        check.spec.key for batch in admitted for check in batch.checks if check.spec.blocking and not check.ok
    ] == []
    # Recorded deliveries have no history to compare with.
    blocking = {check.key for check in feed.entities[entity].checks if check.blocking and check.engine == "soda"}
    assert all(blocking <= {check.spec.key for check in batch.checks} for batch in admitted)
    files = [str(path) for path in home.raw.rglob("*.parquet")]
    rows = duckdb.connect().execute("SELECT count(*) FROM read_parquet($files)", {"files": files}).fetchone()
    assert rows == (found["good"],)
