"""Birmingham's car parks: the known answers of the raw layer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.examples.conftest import Delivered

pytestmark = pytest.mark.slow

Pull = Callable[[str, str], Delivered]


def test_every_line_is_accounted_for(delivered: Pull) -> None:
    example = delivered("birmingham_parking", "parking")
    [batch] = example.report.batches
    assert (batch.status, batch.rows_read, batch.rows_admitted) == ("admitted", 35_717, 35_116)
    assert example.rejects("prk_snapshot") == {"duplicate_row": 216, "free_within_total": 385}


def test_occupancy_and_lots_of_the_day(delivered: Pull) -> None:
    example = delivered("birmingham_parking", "parking")
    sums = "SELECT sum(total_spaces - free_spaces) / sum(total_spaces), count(DISTINCT lot_code) FROM raw"
    [(occupancy, lots)] = example.raw("prk_snapshot", sums)
    assert occupancy == pytest.approx(0.458370, abs=5e-7)
    assert lots == 30
    by_day = dict(example.raw("prk_snapshot", "SELECT dt::VARCHAR, count(DISTINCT lot_code) FROM raw GROUP BY 1"))
    assert by_day["2016-10-09"] == min(by_day.values()) == 22
    assert not {"2016-10-20", "2016-10-21", "2016-12-03", "2016-12-04"} & by_day.keys()


def test_line_with_a_trailing_tab_and_summer_time(delivered: Pull) -> None:
    example = delivered("birmingham_parking", "parking")
    [(summer,)] = example.raw("prk_snapshot", "SELECT snapshot_time::VARCHAR FROM raw WHERE _row = 12")
    assert summer == "2016-10-04 12:29:45"  # 13:29:45 in Birmingham's summer time
    [(hours,)] = example.raw("prk_snapshot", "SELECT max(hour(snapshot_time)) FROM raw WHERE dt > DATE '2016-11-01'")
    assert hours == 16  # winter time is UTC
