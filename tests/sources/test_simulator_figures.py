"""The simulated rows give the figures of the mid-term report, computed by other means than the platform's.

Facilities do not shrink with the scale, so most figures are tested on small volumes; uploads, accounts and returns
are simulated in full where the figure hangs on them.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from sources.simulator import simulate
from tests.sources import simulated_figures as figures

pytestmark = pytest.mark.slow

REPORT_DAY = date(2023, 6, 30)
SMALL = 0.02


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The quarter to the report's day, hospitals, and the log of June, at a fiftieth of the volume."""
    folder = tmp_path_factory.mktemp("small")
    simulate(folder, start=date(2023, 6, 1), scale=SMALL, feeds=["hospital_interconnect", "education_base"])
    return folder


def test_parking_figures(tmp_path: Path) -> None:
    simulate(tmp_path, start=date(2023, 6, 1), feeds=["parking"])

    assert figures.parking_stocks(tmp_path) == {"S14": 120, "S16": 120, "S17": 21}
    assert round(figures.upload_rate(tmp_path, date(2023, 6, 1))) == 82


def test_parking_stocks_grew_over_the_plan(tmp_path: Path) -> None:
    simulate(tmp_path, start=date(2023, 6, 29), feeds=["parking"], scale=SMALL)

    days = [date(2021, 6, 30), date(2021, 12, 31), date(2022, 6, 30), date(2022, 12, 31), date(2023, 3, 31), REPORT_DAY]
    networked = [figures.parking_stocks(tmp_path, day)["S14"] for day in days]
    assert networked == sorted(networked)
    # No jump: no half-year brings more than a fifth of the final stock.
    assert max(later - earlier for earlier, later in pairwise(networked)) <= 24


def test_hospital_figures(small: Path) -> None:
    assert figures.hospital_stocks(small) == {"L01": 6, "S11": 100.0, "S12": 3, "S13": 10}
    earlier = figures.hospital_stocks(small, date(2022, 6, 30))
    assert earlier["L01"] < 6
    assert 0 < earlier["S11"] < 100


def test_education_figures(small: Path) -> None:
    found = figures.education_stocks(small)

    assert {code: found[code] for code in ("L02", "S06", "S08", "S09", "S10")} == {
        "L02": 6, "S06": 106, "S08": 21, "S09": 80, "S10": 300,
    }  # fmt: skip
    assert found["S07"] == 60_000 * SMALL


@pytest.mark.parametrize("start", [date(2023, 6, 29), date(2023, 6, 30)])
def test_accounts_in_full(tmp_path: Path, start: date) -> None:
    simulate(tmp_path, start=start, feeds=["education_base"])

    assert figures.education_stocks(tmp_path)["S07"] == 60_000


def test_commerce_figures(tmp_path: Path) -> None:
    simulate(tmp_path, start=date(2022, 2, 1), end=date(2023, 1, 31), scale=SMALL, feeds=["ecommerce_gmv"])

    found = figures.commerce_figures(tmp_path)
    assert found["S21"] == 23
    assert round(found["S22"]) == 25


def test_without_the_correction_the_platform_on_the_boundary_is_missing(tmp_path: Path) -> None:
    simulate(tmp_path, start=date(2022, 2, 1), end=date(2023, 1, 31), scale=SMALL, feeds=["ecommerce_gmv"])
    (tmp_path / "ecommerce_gmv" / "returns" / "gmv_returns_202209_2.xlsx").unlink()

    assert figures.commerce_figures(tmp_path)["S21"] == 22


@pytest.mark.parametrize("seed", [1, 20230630])
def test_figures_hold_for_other_seeds(tmp_path: Path, seed: int) -> None:
    simulate(tmp_path, seed=seed, start=date(2023, 6, 24), scale=SMALL, feeds=["hospital_interconnect"])
    simulate(tmp_path, seed=seed, start=date(2023, 6, 24), scale=SMALL, feeds=["parking"])

    assert figures.parking_stocks(tmp_path) == {"S14": 120, "S16": 120, "S17": 21}
    assert figures.hospital_stocks(tmp_path) == {"L01": 6, "S11": 100.0, "S12": 3, "S13": 10}
