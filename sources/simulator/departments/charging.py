"""The development and reform commission's charging piles, behind the platform of their operators.

Belongs here: the piles, their changes day by day, the platform's address. Does not belong here: the platform's
protocol (`charging_platform.py`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any

import numpy as np

from sources.simulator.charging_platform import ChargingPlatform
from sources.simulator.delivery_files import Outbox
from sources.simulator.district import allocate, local, stock_dates, subdistricts
from sources.simulator.randomness import Chance
from sources.simulator.span import Span
from sources.simulator.token_platform import served

_CHANGES = "platform/changes"
_CHANGED_AT = time(20, 0)

# Piles ever put into service, slow and fast: 844 and 106 by the report's day, of which 16 and 2 are gone by then.
_SLOW = [
    (date(2019, 6, 3), 260),
    (date(2020, 12, 20), 486),
    (date(2021, 12, 20), 602),
    (date(2022, 6, 20), 661),
    (date(2022, 12, 20), 768),
    (date(2023, 6, 20), 844),
    (date(2023, 6, 30), 844),
    (date(2024, 12, 20), 1080),
    (date(2025, 12, 20), 1260),
]
_FAST = [
    (date(2020, 3, 2), 22),
    (date(2020, 12, 20), 40),
    (date(2021, 12, 20), 62),
    (date(2022, 6, 20), 71),
    (date(2022, 12, 20), 90),
    (date(2023, 6, 20), 106),
    (date(2023, 6, 30), 106),
    (date(2024, 12, 20), 165),
    (date(2025, 12, 20), 215),
]
# By order of putting into service, the oldest first.
_SLOW_GONE = {5 * n: date(2021 + n // 7, 2 + n % 7, 15) for n in range(16)}
_FAST_GONE = {4: date(2022, 3, 11), 9: date(2023, 2, 24)}
# Piles of a station, from and below: rows of slow ones, a few fast ones at many places.
_SLOW_STATIONS = (6, 16)
_FAST_STATIONS = (2, 7)

# (equipment type of T/CEC 102: 1 DC, 2 AC, 3 both, 4 wireless; rated power in kW), relative frequency.
_SLOW_MODELS = [((2, 7.0), 0.86), ((2, 40.0), 0.12), ((4, 11.0), 0.02)]
# Fast is DC, also the small ones, or at least 60 kW.
_FAST_MODELS = [((1, 120.0), 0.42), ((1, 60.0), 0.30), ((1, 30.0), 0.16), ((3, 40.0), 0.06), ((2, 80.0), 0.06)]


@dataclass(frozen=True)
class Pile:
    """A charging pile, in service from one day to, exclusively, another."""

    number: str
    station: str
    station_name: str
    operator: str
    subdistrict: str
    kind: int
    power: float
    began_on: date
    ended_on: date | None

    def record(self, day: date) -> dict[str, Any]:
        """The equipment as the platform tells of it on `day`."""
        ended = self.ended_on if self.ended_on and self.ended_on <= day else None
        return {
            "EquipmentID": self.number,
            "StationID": self.station,
            "StationName": self.station_name,
            "OperatorID": self.operator,
            "AreaCode": "310105",
            "StreetCode": self.subdistrict,
            "EquipmentType": self.kind,
            "Power": self.power,
            "OpenForBusinessDate": self.began_on.isoformat(),
            "CloseDate": ended.isoformat() if ended else "",
            "EquipmentStatus": 5 if ended else 50,  # closed, in normal use
        }


def piles(chance: Chance) -> list[Pile]:
    """All piles of the plan's years; those put into service one after the other stand in one station."""
    rng = chance.of("charging piles")
    return [
        *_piles("A", _SLOW, _SLOW_GONE, _SLOW_MODELS, _SLOW_STATIONS, rng),
        *_piles("D", _FAST, _FAST_GONE, _FAST_MODELS, _FAST_STATIONS, rng),
    ]


def _piles(
    series: str,
    grown: Sequence[tuple[date, int]],
    gone: dict[int, date],
    models: Sequence[tuple[tuple[int, float], float]],
    station_sizes: tuple[int, int],
    rng: np.random.Generator,
) -> list[Pile]:
    dates = stock_dates(grown, rng)
    stations: list[int] = []
    while len(stations) < len(dates):
        stations += [stations[-1] + 1 if stations else 0] * int(rng.integers(*station_sizes))
    places = allocate(stations[-1] + 1, rng)
    operators = [f"MA1EXMP{int(number):02d}" for number in rng.integers(1, 13, stations[-1] + 1)]
    names = {item.code: item.name_zh for item in subdistricts()}
    chosen = rng.choice(len(models), len(dates), p=[share for _, share in models])
    return [
        Pile(
            number=f"310105{series}{number + 1:05d}",
            station=f"{series}{station + 1:04d}",
            station_name=f"{names[places[station]]}示例充电站{series}{station + 1:03d}",
            operator=operators[station],
            subdistrict=places[station],
            kind=models[int(chosen[number])][0][0],
            power=models[int(chosen[number])][0][1],
            began_on=day,
            ended_on=gone.get(number),
        )
        for number, (day, station) in enumerate(zip(dates, stations, strict=False))
    ]


def deliver(chance: Chance, span: Span, outbox: Outbox) -> None:
    """What changed on each day since the first pile, as the platform remembers it."""
    changed: dict[date, list[Pile]] = defaultdict(list)
    for pile in piles(chance):
        for day in (pile.began_on, pile.ended_on):
            if day is not None:
                changed[day].append(pile)
    for day in sorted(changed):
        if day <= span.end:
            outbox.deliver(f"{_CHANGES}/{day.isoformat()}.json", local(day, _CHANGED_AT), _records, changed[day], day)


def _records(changed: list[Pile], day: date) -> bytes:
    return json.dumps([pile.record(day) for pile in changed], ensure_ascii=False).encode()


@contextmanager
def serve(folder: Path) -> Iterator[dict[str, str]]:
    """The platform over real HTTP on a loopback port."""
    with served(ChargingPlatform(folder / _CHANGES)) as url:
        yield {"DISTRICT_CHARGING_API": url}
