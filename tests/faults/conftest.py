"""The district of the fault tests: all that the kinds need, and little else, so that it is pulled in seconds.

Belongs here: making it once a worker. Does not belong here: faults.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from sources.simulator import simulate
from tests.faults.pulled_district import MAIN_FEEDS, PulledTrial, clean_home
from warehouse.home import Home

_END = date(2023, 6, 30)
# What is taken out, by folder: pattern, and the first name that stays. The log of usage stays for all of June, because
# its history is what unusual days are measured by.
_PRUNED = (
    ("education_base/oneroster/oneroster_*", "oneroster_20230625"),
    ("education_base/apps/app_catalogue_*", "app_catalogue_20230618"),
    ("hospital_interconnect/fhir/*", "~"),
    ("parking/events/parking_events_*", "parking_events_2023063006"),
    ("parking/register/parking_lots_*", "parking_lots_20230618"),
    ("parking/platform/snapshots/*", "2023-06-25"),
    ("ecommerce_gmv/orders/orders_CNEC002[12]*", "~"),
)


@pytest.fixture(scope="session")
def fault_departments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clean deliveries: the commerce commission's since February, the others' of June, thinned out."""
    folder = tmp_path_factory.mktemp("faults") / "departments"
    simulate(
        folder, start=date(2023, 6, 1), end=_END, scale=0.05, feeds=[n for n in MAIN_FEEDS if n != "ecommerce_gmv"]
    )
    commerce = folder.with_name("commerce")
    simulate(commerce, start=date(2023, 3, 1), end=_END, scale=0.05, feeds=["ecommerce_gmv"])
    shutil.copytree(commerce / "ecommerce_gmv", folder / "ecommerce_gmv", copy_function=shutil.copy2)
    for pattern, first in _PRUNED:
        for path in folder.glob(pattern):
            if path.name < first:
                path.unlink()
    return folder


@pytest.fixture(scope="session")
def clean(fault_departments: Path) -> Home:
    """A home of the clean deliveries."""
    return clean_home(fault_departments)


@pytest.fixture(scope="session")
def trial(clean: Home, tmp_path_factory: pytest.TempPathFactory) -> PulledTrial:
    """A home with faults of all kinds, before any correction."""
    return PulledTrial(tmp_path_factory.mktemp("all_kinds"), clean, None)
