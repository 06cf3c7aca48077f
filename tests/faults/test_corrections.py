"""Corrections restate exactly the periods that they touch, and what was late stays in its own period."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from sources.simulator.fault_accounting.observing import delivery_name
from tests.faults.pulled_district import PulledTrial
from warehouse.home import Home
from warehouse.ledger import Ledger

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults"), pytest.mark.timeout(600)]

Day = tuple[str, str, date]


def days(home: Home, files: Iterable[tuple[str, str, str]]) -> set[Day]:
    """Feed, entity and day of the rows of deliveries, named by feed, entity and file."""
    wanted = set(files)
    with Ledger.of(home) as ledger:
        return {
            (batch.feed, batch.entity, part.dt)
            for batch in ledger.batches()
            if (batch.feed, batch.entity, delivery_name(batch)) in wanted
            for part in ledger.partitions(batch.batch_id)
        }


def admitted(home: Home) -> dict[Day, set[str | None]]:
    """The hashes of the Parquet files that hold each day's admitted rows."""
    found: dict[Day, set[str | None]] = {}
    with Ledger.of(home) as ledger:
        for batch in ledger.batches(status="admitted"):
            for part in ledger.partitions(batch.batch_id):
                if part.rows:
                    found.setdefault((batch.feed, batch.entity, part.dt), set()).add(part.sha256)
    return found


def test_corrections_restate_the_periods_that_they_touch_and_no_other(trial: PulledTrial, tmp_path: Path) -> None:
    trial = trial.copied(tmp_path)
    named = {(one.feed, one.entity, one.file) for one in trial.manifest.injections}
    touchable = days(trial.clean, named) | days(trial.faulty, named)
    before = admitted(trial.faulty)
    with Ledger.of(trial.faulty) as ledger:
        known = max(change.seq for change in ledger.partition_changes())

    sent = trial.correct()

    with Ledger.of(trial.faulty) as ledger:
        restated = {(change.feed, change.entity, change.dt) for change in ledger.partition_changes(since=known)}
        again = ledger.batches()
    after = admitted(trial.faulty)
    assert sent
    assert restated
    # A workbook brings the entity of its other sheet again, with the same rows.
    companions = {("ecommerce_gmv", "ecm_platform", day) for _, entity, day in touchable if entity == "ecm_return"}
    assert restated <= touchable | companions | _rosters(restated)
    assert {day: after.get(day) for day in before if day not in restated} == {
        day: hashes for day, hashes in before.items() if day not in restated
    }
    assert trial.lost_rows() == []
    corrected = {batch.file_name for batch in again if batch.run_id == "r040900"}
    assert {path.rsplit("/", 1)[-1] for path in sent if not path.endswith(".rows.json")} <= corrected


def _rosters(restated: set[Day]) -> set[Day]:
    """Days of the roster that is sent again whole: an archive brings five entities."""
    return {
        (feed, entity, day) for feed, entity, day in restated if feed == "education_base" and day == date(2023, 6, 25)
    }


def test_a_late_delivery_stays_in_its_own_period(trial: PulledTrial) -> None:
    (late,) = (one for one in trial.manifest.injections if one.fault == "F01")
    found = []
    for home in (trial.clean, trial.faulty):
        with Ledger.of(home) as ledger:
            (batch,) = (one for one in ledger.batches(entity=late.entity) if one.file_name == late.file)
            days_of = [(part.dt, part.rows) for part in ledger.partitions(batch.batch_id)]
            found.append((batch.period_start, batch.period_end, days_of))
            received = batch.received_at

    assert found[0] == found[1]
    assert received.date() > date(2023, 6, 28)  # and it was late indeed
