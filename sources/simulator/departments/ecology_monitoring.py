"""The ecology bureau: monitoring stations of six kinds and the platform's monthly export of their state.

Belongs here: the stations, which of them are silent, the NDJSON. Does not belong here: readings.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from sources.simulator.delivery_files import Outbox
from sources.simulator.district import allocate, epoch_ms, known, stock_dates
from sources.simulator.randomness import Chance
from sources.simulator.span import Span, next_month

_OPENED = date(2020, 12, 1)
_HOUR_MS = 3_600_000
# Share of stations silent at a month's end, and of those the share that never sent anything.
_SILENT = 0.035
_NEVER = 0.1
_YEARLY_REMOVALS = 0.02


@dataclass(frozen=True)
class _Kind:
    """Letters and words of a kind, hours of silence that count as offline, stations installed by each milestone."""

    letters: str
    code: str
    name: str
    hours: int
    installed: tuple[int, int, int]
    can_be_silent: bool = True


# Three missed uploads make a station offline; kitchens rest over long holidays and get three days.
_KINDS = (
    _Kind("KQ", "AIR", "空气自动站", 6, (2, 3, 4), can_be_silent=False),
    _Kind("WZ", "MICRO", "空气微型站", 6, (28, 46, 60)),
    _Kind("SZ", "WATER", "水质自动站", 12, (14, 22, 28)),
    _Kind("ZS", "NOISE", "噪声监测点", 6, (20, 38, 50)),
    _Kind("YC", "DUST", "扬尘监测点", 3, (60, 84, 96)),
    _Kind("YY", "FUME", "油烟监控点", 72, (150, 312, 420)),
)
_MILESTONES = (date(2020, 12, 31), date(2023, 6, 30), date(2025, 12, 31))


@dataclass(frozen=True)
class _Station:
    number: int
    code: str
    name: str
    kind: _Kind
    subdistrict: str
    installed_on: date
    removed_on: date | None


def deliver(chance: Chance, span: Span, outbox: Outbox) -> None:
    """The state of every month's end, exported on the first day after it."""
    stations = _stations(chance)
    for month, delivered_at in span.months(_OPENED, 1, time(6, 0)):
        day = next_month(month) - timedelta(days=1)
        outbox.deliver(f"platform/stations_{day:%Y%m%d}.ndjson", delivered_at, _export, stations, day, chance)


def _stations(chance: Chance) -> list[_Station]:
    found: list[_Station] = []
    for kind in _KINDS:
        rng = chance.of(f"stations {kind.code}")
        installed = stock_dates(list(zip(_MILESTONES, kind.installed, strict=True)), rng)
        places = allocate(len(installed), rng)
        for i, day in enumerate(installed):
            lived_days = int(rng.exponential(365 / _YEARLY_REMOVALS))
            removed_on = day + timedelta(days=lived_days + 30)
            before = day if day > _MILESTONES[0] else day - timedelta(days=int(rng.integers(30, 1500)))
            found.append(
                _Station(
                    number=len(found),
                    code=f"CN-{kind.letters}-{i + 1:04d}",
                    name=f"示例{kind.name}{i + 1:03d}",
                    kind=kind,
                    subdistrict=places[i],
                    installed_on=before,
                    removed_on=removed_on if kind.can_be_silent and removed_on <= _MILESTONES[-1] else None,
                )
            )
    return found


def _export(stations: Sequence[_Station], day: date, chance: Chance) -> bytes:
    rng = chance.of("station data", day)
    # Drawn for every station of the plan, so that one more station changes nothing for the others.
    silent, never, share, silence = (rng.random(len(stations)) for _ in range(4))
    end = epoch_ms(day + timedelta(days=1))
    lines = []
    for station in stations:
        if station.installed_on > day:
            continue
        i, limit = station.number, station.kind.hours * _HOUR_MS
        last: int | None = end - int(limit * (0.02 + 0.8 * share[i]))
        removed_on = known(station.removed_on, day)
        if removed_on:
            last = epoch_ms(removed_on) - int(limit * share[i])
        elif station.kind.can_be_silent and silent[i] < _SILENT:
            last = None if never[i] < _NEVER else end - limit - int(20 * 24 * _HOUR_MS * silence[i]) - _HOUR_MS
        lines.append(
            json.dumps(
                {
                    "stationCode": station.code,
                    "stationName": station.name,
                    "stationType": station.kind.code,
                    "townCode": station.subdistrict,
                    "installDate": station.installed_on.isoformat(),
                    "removeDate": removed_on.isoformat() if removed_on else None,
                    "offlineHours": station.kind.hours,
                    "lastDataTime": last,
                    "statDate": day.isoformat(),
                },
                ensure_ascii=False,
            )
        )
    return ("\n".join(lines) + "\n").encode()
