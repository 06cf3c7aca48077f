"""The back-test of forecasts on real series: they miss by less than the forecast that nothing changes.

The data is not part of this repository (see conftest.py); without it the test is skipped.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.trends import REAL, evaluate, real_series
from warehouse.home import REPOSITORY

DATA = Path(os.environ.get("DISTRICT_EXAMPLE_DATA") or REPOSITORY.parent / "shared" / "data")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not here")]

# Complete weeks of 2017; weeks of 2016-10-04 to 2016-12-19 that have a row.
POINTS = {
    "Complete Journey, sales a week": 52,
    "Complete Journey, sales since the start, by week": 52,
    "Birmingham, occupancy a week (%)": 12,
}


def test_forecasts_of_real_series_beat_no_change_and_their_range_holds() -> None:
    found = {name: evaluate(series, ahead=8) for name, series in real_series(DATA)}
    assert set(found) == set(REAL)
    for name, missed in found.items():
        assert missed is not None, name
        assert missed.points == POINTS[name]
        assert missed.error < missed.unchanged, name
        # 80 % is promised; forecasts from one history hang together, so a few forecasts decide much
        assert missed.held >= 0.6, name
