"""Deliveries judged against the feed's own history, through the whole walk of a delivery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from sources.admission.earlier import History
from sources.admission.history import Delivered, check_history
from sources.contract.feed import Entity, Feed
from sources.contract.loading import load_feeds
from sources.contract.problem import ContractError
from sources.intake import pull
from tests.sources.contract_example import contract, entity_of, load
from tests.sources.deliveries_example import HEADER, deliver
from tests.warehouse.ledger_rows import envelope
from warehouse.home import Home
from warehouse.ledger import BatchEnvelope, Ledger
from warehouse.ledger.statistics import ColumnStatistic, EarlierBatch

pytestmark = pytest.mark.slow


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "feeds" / "library" / "drop"
    folder.mkdir(parents=True)
    return folder


def loans(day: int, count: int, fee: float) -> str:
    rows = (
        f"L{day:02}{number:03},2023-06-{day:02},{fee + number / 100:.2f},图书,reader{number}" for number in range(count)
    )
    return "\n".join([HEADER, *rows]) + "\n"


def take_in(
    home: Home, ledger: Ledger, drop: Path, feed: Feed, day: int, count: int, fee: float, seq: int = 1
) -> tuple[str, dict[str, str]]:
    """Status of the delivery of a day of June 2023, and the outcomes of its checks against history."""
    at = datetime(2023, 6, day, 20, tzinfo=UTC)
    deliver(drop, f"loans_202306{day:02}_{seq}.csv", loans(day, count, fee), at)
    report = pull(feed, home, ledger, run_id=f"run-{day}-{seq}")
    assert report.problems == []
    (batch,) = report.batches
    return batch.status, {one.spec.key: one.outcome for one in batch.checks if one.spec.key != "loans_present"}


def feed_of(drop: Path, change: dict[str, Any] | None = None) -> Feed:
    document = contract()
    calendar = {"cadence": "daily", "due_days": 1, "reason": "每日"}
    entity_of(document)["customProperties"].append({"property": "calendar", "value": calendar})
    fee = next(field for field in entity_of(document)["properties"] if field["name"] == "fee")
    fee["customProperties"] = [{"property": "unit", "value": "元"}]
    if change:
        entity_of(document).setdefault("quality", []).append(change)
    return load(drop.parents[1], document)


def test_a_changed_unit_is_held_and_does_not_become_history(home: Home, ledger: Ledger, drop: Path) -> None:
    feed = feed_of(drop)
    for day in (5, 6, 7):
        status, checks = take_in(home, ledger, drop, feed, day, 30, 1.5)
        assert (status, "FAILED" in checks.values()) == ("admitted", False)
    for seq, fee in ((1, 15_000.0), (2, 150.0)):
        status, checks = take_in(home, ledger, drop, feed, 8, 30, fee, seq)
        assert (status, checks["usual_magnitude_fee"]) == ("held", "FAILED")
    (batch, _) = ledger.batches(status="held")
    assert "量级接近往常" in str(batch.reason_zh)
    assert "magnitude as usual" in str(batch.reason_en)
    assert take_in(home, ledger, drop, feed, 8, 31, 1.6, 3)[0] == "admitted"


def test_half_the_rows_of_the_same_weekday_are_told_and_admitted(home: Home, ledger: Ledger, drop: Path) -> None:
    feed = feed_of(drop)
    days = [1, 8, 15]
    for day in days:
        assert "usual_volume" not in take_in(home, ledger, drop, feed, day, 60 + day, 1.5)[1], "too little history"
    short, full = take_in(home, ledger, drop, feed, 29, 20, 1.5), take_in(home, ledger, drop, feed, 29, 66, 1.5, 2)
    assert (short[0], short[1]["usual_volume"]) == ("admitted", "WARN")
    assert (full[0], full[1]["usual_volume"]) == ("admitted", "PASSED"), "a resend is compared with other days alone"


def test_the_same_totals_as_the_day_before_are_told(home: Home, ledger: Ledger, drop: Path) -> None:
    feed = feed_of(drop)
    take_in(home, ledger, drop, feed, 5, 30, 1.5)
    assert take_in(home, ledger, drop, feed, 6, 30, 1.5)[1]["values_move"] == "WARN"
    assert take_in(home, ledger, drop, feed, 7, 30, 1.6)[1]["values_move"] == "PASSED"


def test_a_contract_sets_its_own_limits_or_none(home: Home, ledger: Ledger, drop: Path) -> None:
    own: dict[str, Any] = {
        "id": "usual_volume",
        "name": "行数",
        "type": "custom",
        "engine": "history",
        "severity": "warning",
        "description": "节假日后翻倍属正常",
        "customProperties": [
            {"property": "name_en", "value": "Rows"},
            {"property": "gbt36344", "value": "完整性"},
            {"property": "blocking", "value": False},
        ],
        "implementation": {"volume": {"enabled": False}},
    }
    feed = feed_of(drop, own)
    for day in (1, 8, 15):
        take_in(home, ledger, drop, feed, day, 60 + day, 1.5)
    assert "usual_volume" not in take_in(home, ledger, drop, feed, 22, 5, 1.5)[1]


def test_an_unknown_kind_of_check_is_refused(tmp_path: Path) -> None:
    document = contract()
    entity_of(document)["quality"][0] |= {"engine": "history", "implementation": {"volumes": {}}}
    with pytest.raises(ContractError, match="volumes"):
        load(tmp_path, document)


@dataclass(frozen=True)
class Known(History):
    """A history of polled rows: six hundred a day in June 2023 up to the 28th."""

    def earlier(self, envelope: BatchEnvelope, entity: Entity) -> list[EarlierBatch]:
        return []

    def rows_by_day(self, envelope: BatchEnvelope, since: date) -> dict[date, int]:
        return {date(2023, 6, day): 600 for day in range(1, 29)}


@pytest.mark.parametrize(
    ("days", "outcome", "measured"),
    [
        ({29: 590}, "PASSED", 590 / 600),
        ({29: 200}, "WARN", 200 / 600),
        ({29: 1300}, "WARN", 1300 / 600),
        ({29: 590, 30: 40}, "PASSED", 590 / 600),  # the day of the poll still runs
        ({30: 40}, None, None),
        ({28: 3}, None, None),  # a few late rows of a day that was there say nothing of it
    ],
)
def test_polled_rows_are_compared_day_by_day(days: dict[int, int], outcome: str | None, measured: float | None) -> None:
    feed = load_feeds([])["hospital_interconnect"]
    asked = envelope("b", feed=feed.name, entity="hsp_visit", period_start=None, period_end=None)
    asked = replace(asked, generated_at=datetime(2023, 6, 30, 0, 30, tzinfo=UTC))
    by_day = {date(2023, 6, day): rows for day, rows in days.items()}
    delivered = Delivered(asked, "delta", sum(days.values()), by_day, ())
    found = check_history(feed, feed.entities["hsp_visit"], Known(cast(Ledger, None)), delivered)
    volumes = {one.outcome: one.measured for one in found if one.spec.key == "usual_volume"}
    assert volumes == ({outcome: pytest.approx(measured)} if outcome else {})


@dataclass(frozen=True)
class LongAgo(History):
    """Two hundred days of deliveries; only the first three had fees. Remembers how many were read at a time."""

    read: list[int] = field(default_factory=list)

    def earlier(self, envelope: BatchEnvelope, entity: Entity) -> list[EarlierBatch]:
        days = [date(2023, 6, 30) - timedelta(days=back) for back in range(200, 0, -1)]
        return [EarlierBatch(f"b{n}", f"loans_{n}.csv", "full", None, day, day, 30) for n, day in enumerate(days)]

    def columns(self, batches: Sequence[EarlierBatch]) -> Mapping[str, tuple[ColumnStatistic, ...]]:
        self.read.append(len(batches))
        fees = {f"b{n}": (ColumnStatistic("fee", 30, 45.0, 1.5),) for n in range(3)}
        return {known.batch_id: fees[known.batch_id] for known in batches if known.batch_id in fees}


def test_amounts_are_looked_for_as_far_back_as_they_go(drop: Path) -> None:
    feed = feed_of(drop)
    asked = envelope(
        "b", feed=feed.name, entity="lib_loan", period_start=date(2023, 6, 30), period_end=date(2023, 6, 30)
    )
    delivered = Delivered(asked, "full", 30, {}, (ColumnStatistic("fee", 30, 450_000.0, 15_000.0),))
    history = LongAgo(cast(Ledger, None))

    found = check_history(feed, feed.entities["lib_loan"], history, delivered)

    outcomes = {one.spec.key: (one.outcome, one.measured) for one in found}
    assert outcomes["usual_magnitude_fee"] == ("FAILED", 10_000)
    assert sum(history.read) == 200, "each is read once"
    assert len(history.read) < 8, "and many at a time"
