"""Publishing the small district in one call, and what readers then see; for tests of publishing.

Belongs here: building and publishing with spoilt marts, looking at the result. Does not belong here: the district
itself (`small_district.py`).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.warehouse.small_district import AS_OF, SmallDistrict
from warehouse.publish import PublishReport, publish
from warehouse.read import SnapshotReader
from warehouse.read import indicator as read_indicator
from warehouse.read.overview import OverviewRow, overview

FACT = "marts.fct_indicator_observation"
MAY, APRIL = date(2023, 5, 31), date(2023, 4, 30)


def go(small: SmallDistrict, *spoil: str, run: str = "run", **more: Any) -> PublishReport:
    """Build (with `spoil` statements) and publish."""
    small.build(*spoil)
    arguments: dict[str, Any] = {"as_of": AS_OF, "run_id": run, "manifest_path": small.manifest_path}
    return publish(small.home, small.ledger, **(arguments | more))


def shown(small: SmallDistrict) -> dict[str, OverviewRow]:
    return {row.indicator_code: row for row in overview(SnapshotReader(small.home))}


def figure(small: SmallDistrict, code: str, end: date) -> float | None:
    return next(o.value for o in read_indicator.series(SnapshotReader(small.home), code) if o.period_end == end)


def times(factor: float, code: str, where: str = "true") -> str:
    """A statement that multiplies counts in the mart."""
    return (
        f"UPDATE marts.fct_indicator_observation SET value = value * {factor}, numerator = numerator * {factor} "
        f"WHERE indicator_code = '{code}' AND {where}"
    )
