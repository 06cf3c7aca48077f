"""A treatment that is switched off does not go unnoticed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sources.contract.feed import Entity, Feed
from sources.simulator.fault_accounting import Accounts, account, lost_rows, observe
from sources.simulator.faults import inject
from tests.faults.pulled_district import NOW, SINCE, SMALL, main_feeds, pulled
from warehouse.home import Home

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]

_KINDS = ["F20", "F27"]  # a limit of the contract, and its exclusion of test records


def tried(departments: Path, folder: Path, change: Callable[[Entity], Entity]) -> Accounts:
    """Both kinds in a few days of the usage log, taken in by a contract that `change` has weakened."""
    feed = main_feeds()["education_base"]
    log = change(feed.entities["edu_usage_event"])
    feeds: dict[str, Feed] = {feed.name: replace(feed, entities={log.name: log})}
    clean, faulty = Home(folder / "clean"), Home(folder / "faulty")
    usage = clean.departments / "education_base" / "usage"
    usage.mkdir(parents=True)
    shutil.copy2(departments / "manifest.json", clean.departments)
    for day in (27, 28, 29):
        shutil.copy2(departments / "education_base" / "usage" / f"usage_202306{day}.ndjson", usage)
    shutil.copytree(clean.departments, faulty.departments, copy_function=shutil.copy2)
    manifest = inject(faulty.departments, kinds=_KINDS)
    for home in (clean, faulty):
        pulled(home, NOW, feeds)
    reports = [observe(home, list(feeds.values()), moment=NOW, since=SINCE) for home in (clean, faulty)]
    losses = lost_rows(clean, faulty, list(feeds.values()))
    return account(manifest, *reports, losses, kinds=_KINDS, background=SMALL)


def without_exclusions(log: Entity) -> Entity:
    return replace(log, exclusions=())


def without_limits(log: Entity) -> Entity:
    return replace(log, fields={name: replace(item, minimum=None) for name, item in log.fields.items()})


@pytest.mark.parametrize(
    ("change", "missed"),
    [(lambda log: log, set()), (without_exclusions, {"F27"}), (without_limits, {"F20"})],
    ids=["nothing", "exclusions", "limits"],
)
def test_a_treatment_that_is_switched_off_is_told_by_its_kind(
    fault_departments: Path, tmp_path: Path, change: Callable[[Entity], Entity], missed: set[str]
) -> None:
    found = tried(fault_departments, tmp_path, change)

    assert {kind for kind, line in found.lines.items() if not line.agrees} == missed
    assert all(found.lines[kind].found == 0 for kind in missed)
