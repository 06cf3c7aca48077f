"""The city operation centre's sensing nodes ("neurons"): devices behind gateways, in service and heard of.

Belongs here: the population of devices, and who is silent when. Does not belong here: deliveries
(`departments/iot_nodes.py`), the broker (`message_broker.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from sources.simulator.district import allocate, ramp, subdistricts
from sources.simulator.randomness import Chance
from sources.simulator.span import Span

REPORT_DAY = date(2023, 6, 30)
# Devices ever installed by the day. Those of the first line were there when the plan began.
_INSTALLED = [
    (date(2020, 12, 31), 196_000),
    (date(2021, 6, 30), 262_000),
    (date(2021, 12, 31), 338_000),
    (date(2022, 6, 30), 428_000),
    (date(2022, 12, 31), 532_000),
    (date(2023, 3, 31), 588_000),
    (date(2023, 6, 30), 640_000),
    (date(2023, 12, 31), 702_000),
    (date(2024, 12, 31), 800_000),
    (date(2025, 12, 31), 880_000),
]
# Devices taken away again by the report's day, and in the years after it.
_REMOVED_BEFORE, _REMOVED_AFTER = 21_600, 24_000
# The report's figure: devices in service that were heard of in the last day.
_ALIVE_ON_REPORT_DAY = 600_000
# Share of devices in service that are silent on a day: batteries and gateways got better.
_SILENT = [(date(2020, 12, 31), 0.065), (date(2023, 6, 30), 0.030), (date(2025, 12, 31), 0.022)]
GATEWAY_DEVICES = 1000
TYPES = ("烟雾感知", "智能水表", "电气火灾监测", "门磁感应", "地磁感应", "井盖状态", "液位监测", "环境传感")
_TYPE_WEIGHTS = (0.30, 0.22, 0.12, 0.11, 0.09, 0.07, 0.05, 0.04)
OWNERS = ("区城运中心", "街镇城运分中心", "物业服务企业", "水务企业", "园区运营单位")
_OWNER_WEIGHTS = (0.20, 0.30, 0.26, 0.18, 0.06)
_FIRST_INSTALLED = date(2018, 6, 1)
_NEVER = date(9999, 12, 31).toordinal()


@dataclass(frozen=True)
class Devices:
    """All devices of the plan's years in the order of installation; days are proleptic ordinals, indices are small
    integers. Subdistricts are indices into `district.subdistricts()`."""

    installed: npt.NDArray[np.int64]
    removed: npt.NDArray[np.int64]
    subdistrict: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int64]
    owner: npt.NDArray[np.int64]
    silence: npt.NDArray[np.float64]
    """How ready a device is to fall silent, 0 to 1, all different."""
    alive_on_report_day: int

    def in_service(self, day: date) -> npt.NDArray[np.int64]:
        """Numbers of the devices installed by `day` and not taken away by it."""
        return np.flatnonzero((self.installed <= day.toordinal()) & (self.removed > day.toordinal()))

    def heard_of(self, day: date) -> npt.NDArray[np.int64]:
        """Numbers of the devices in service with a heartbeat in the day's 24 hours."""
        there = self.in_service(day)
        alive = round(len(there) * (1 - ramp(day, _SILENT)))
        if day == REPORT_DAY:
            alive = self.alive_on_report_day
        # The silent ones change from day to day; some devices are silent more often than others.
        shifted = (self.silence[there] + day.toordinal() * 0.618034) % 1
        return np.sort(there[np.argsort(shifted, kind="stable")[:alive]])


def devices(chance: Chance, span: Span) -> Devices:
    """The population, from the seed and the scale alone."""
    rng = chance.of("sensing devices")
    installed = _install_days(rng, span)
    count = len(installed)
    removed = np.full(count, _NEVER, np.int64)
    report_day = REPORT_DAY.toordinal()
    # Taken away are devices that had been there for half a year at least.
    old = np.flatnonzero(installed <= report_day - 400)
    gone = rng.permutation(old)[: span.volume(_REMOVED_BEFORE) + span.volume(_REMOVED_AFTER)]
    before, after = gone[: span.volume(_REMOVED_BEFORE)], gone[span.volume(_REMOVED_BEFORE) :]
    earliest = np.maximum(installed[before] + 180, date(2021, 1, 15).toordinal())
    removed[before] = rng.integers(earliest, report_day)
    removed[after] = rng.integers(report_day + 1, date(2025, 12, 31).toordinal(), len(after))
    gateways = -(-count // GATEWAY_DEVICES)
    codes = [item.code for item in subdistricts()]
    places = np.array([codes.index(code) for code in allocate(gateways, rng)], np.int64)
    return Devices(
        installed=installed,
        removed=removed,
        subdistrict=places[np.arange(count) // GATEWAY_DEVICES],
        kind=rng.choice(len(TYPES), count, p=_TYPE_WEIGHTS),
        owner=rng.choice(len(OWNERS), count, p=_OWNER_WEIGHTS),
        silence=rng.permutation(count) / count,
        alive_on_report_day=span.volume(_ALIVE_ON_REPORT_DAY),
    )


def _install_days(rng: np.random.Generator, span: Span) -> npt.NDArray[np.int64]:
    """Days of installation, ascending, exactly as many by each milestone as it says."""
    parts = []
    begun, known = _FIRST_INSTALLED, 0
    for day, total in _INSTALLED:
        missing = span.volume(total) - known
        parts.append(np.sort(rng.integers(begun.toordinal(), day.toordinal() + 1, missing)))
        begun, known = date.fromordinal(day.toordinal() + 1), known + missing
    return np.concatenate(parts)
