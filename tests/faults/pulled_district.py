"""The simulated district pulled without Dagster and dbt: what tests of single kinds of faults look at.

Belongs here: injecting, pulling into a home. Does not belong here: the deliveries (`conftest.py`), what a test expects.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sources.contract.feed import Feed
from sources.contract.loading import load_feeds
from sources.intake import pull, recover
from sources.simulator import serve_departments
from sources.simulator.fault_accounting import Accounts, Observation, RowLoss, account, lost_rows, observe
from sources.simulator.faults import FaultManifest, Trace, inject, send_corrections
from warehouse.home import Home
from warehouse.ledger import Ledger

MAIN_FEEDS = ("ecommerce_gmv", "education_base", "hospital_interconnect", "parking")
END, SINCE = date(2023, 6, 30), date(2023, 6, 25)
NOW = datetime(2023, 7, 1, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
# Checks of volume that warn of a district simulated at a twentieth of its size.
SMALL = (Trace("check", "snapshot_lots"), Trace("check", "ledger_zero_share"), Trace("check", "usual_volume"))
# Of the front-end database only what a kind needs: every view comes in ten batches.
_ENTITIES: Mapping[str, Sequence[str]] = {"hospital_interconnect": ("hsp_visit",)}


def main_feeds() -> dict[str, Feed]:
    """The contracts of the four feeds."""
    found = {name: feed for name, feed in load_feeds().items() if name in MAIN_FEEDS}
    for name, entities in _ENTITIES.items():
        found[name] = replace(found[name], entities={entity: found[name].entities[entity] for entity in entities})
    return found


def pulled(home: Home, at: datetime, feeds: Mapping[str, Feed] | None = None) -> None:
    """Everything new of the feeds (default: the four), taken in at `at`."""
    home.prepare()
    with pytest.MonkeyPatch.context() as patch, Ledger.of(home) as ledger:
        patch.setenv("DISTRICT_NOW", at.isoformat())
        patch.setenv("DISTRICT_PSEUDONYM_KEY", "ab" * 32)
        for variable in ("DISTRICT_DEPARTMENTS", "DISTRICT_PARKING_API", "DISTRICT_HOSPITAL_URL"):
            patch.delenv(variable, raising=False)
        key = ("parking", "prk_snapshot", "platform:/parking/snapshots")
        if ledger.watermark(*key) is None:  # the months before are asked for as well, a batch a day
            ledger.set_watermark(*key, json.dumps({"through": str(SINCE - timedelta(days=1)), "open": []}))
        with serve_departments(home):
            recover(home, ledger)
            for feed in (main_feeds() if feeds is None else feeds).values():
                pull(feed, home, ledger, as_of=END, run_id=f"r{at:%d%H%M}")


def clean_home(departments: Path) -> Home:
    """A home of these deliveries, pulled."""
    home = Home(departments.parent / "clean")
    shutil.copytree(departments, home.departments, copy_function=shutil.copy2)
    pulled(home, NOW)
    return home


class PulledTrial:
    """A clean home and one with faults of `kinds` (None: all), pulled; then corrected."""

    def __init__(self, folder: Path, clean: Home, kinds: Sequence[str] | None) -> None:
        self.clean, self.faulty = clean, Home(folder / "faulty")
        shutil.copytree(clean.departments, self.faulty.departments, copy_function=shutil.copy2)
        self.manifest: FaultManifest = inject(self.faulty.departments, kinds=kinds)
        pulled(self.faulty, NOW)
        self.accounts = self._accounts(kinds)

    def copied(self, folder: Path) -> PulledTrial:
        """The same trial in homes of its own, to be built and corrected."""
        copy = PulledTrial.__new__(PulledTrial)
        copy.clean, copy.faulty = Home(folder / "clean"), Home(folder / "faulty")
        copy.manifest, copy.accounts = self.manifest, self.accounts
        for theirs, own in ((self.clean, copy.clean), (self.faulty, copy.faulty)):
            shutil.copytree(theirs.root, own.root, copy_function=shutil.copy2)
        return copy

    def _observed(self, home: Home) -> list[Observation]:
        return observe(home, list(main_feeds().values()), moment=NOW, since=SINCE)

    def _accounts(self, kinds: Sequence[str] | None) -> Accounts:
        clean, faulty = self._observed(self.clean), self._observed(self.faulty)
        return account(self.manifest, clean, faulty, self.lost_rows(), kinds=kinds, background=SMALL)

    def lost_rows(self) -> list[RowLoss]:
        """Clean rows that the home with faults does not have now."""
        return lost_rows(self.clean, self.faulty, list(main_feeds().values()))

    def correct(self) -> Sequence[str]:
        """Send the corrections and pull again."""
        sent = send_corrections(self.faulty.departments, NOW + timedelta(days=2))
        pulled(self.faulty, NOW + timedelta(days=3))
        return sent
