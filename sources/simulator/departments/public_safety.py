"""The public security sub-bureau: entrances and ramps, their cameras, a zip of two GB18030 tables a quarter.

Belongs here: both populations and the archive. Does not belong here: positions, models or pictures of cameras, which
the bureau hands to no one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

import pyarrow as pa

from sources.simulator.delivery_files import Outbox, csv_bytes, zipped
from sources.simulator.district import allocate, known, stock_dates
from sources.simulator.randomness import Chance
from sources.simulator.span import Span
from sources.simulator.state_days import state_days

_OPENED = date(2020, 12, 1)
_ENTRANCES = [
    (date(2020, 12, 31), 300),
    (date(2021, 12, 31), 308),
    (date(2022, 12, 31), 317),
    (date(2023, 5, 31), 322),
    (date(2023, 6, 30), 322),
    (date(2025, 12, 31), 340),
]
# First cameras at entrances that were there in 2023: the last gap closed shortly before the report's day.
_COVERED = [
    (date(2020, 12, 31), 214),
    (date(2021, 6, 30), 236),
    (date(2021, 12, 31), 256),
    (date(2022, 6, 30), 279),
    (date(2022, 12, 31), 299),
    (date(2023, 3, 31), 312),
    (date(2023, 6, 20), 322),
]
_REPORTED = 322  # entrances of the last milestone before the report's day
_CLOSED = {17: date(2021, 10, 20), 88: date(2022, 8, 8), 140: date(2023, 2, 17), 201: date(2024, 4, 30)}
_SECOND_CAMERA = 0.55
_REPLACED = 0.12


@dataclass(frozen=True)
class _Entrance:
    code: str
    kind: str
    subdistrict: str
    opened_on: date
    closed_on: date | None


@dataclass(frozen=True)
class _Camera:
    code: str
    entrance: str
    installed_on: date
    retired_on: date | None


def deliver(chance: Chance, span: Span, outbox: Outbox) -> None:
    """The archive of each quarter, handed over on its last working day."""
    entrances, cameras = _population(chance)
    for day, delivered_at in state_days(span, _OPENED, 3, time(17, 0)):
        outbox.deliver(f"exchange/sec_register_{day:%Y%m%d}_1.zip", delivered_at, _archive, entrances, cameras, day)


def _population(chance: Chance) -> tuple[list[_Entrance], list[_Camera]]:
    rng = chance.of("entrances")
    opened = stock_dates(_ENTRANCES, rng)
    covered = stock_dates(_COVERED, rng)
    places = allocate(len(opened), rng)
    # Old entrances were covered in any order; one opened within the plan gets its camera after those before it.
    turn = [*rng.permutation(_ENTRANCES[0][1]).tolist(), *range(_ENTRANCES[0][1], _REPORTED)]
    entrances: list[_Entrance] = []
    cameras: list[_Camera] = []
    for i, opened_on in enumerate(opened):
        before = opened_on if opened_on > _ENTRANCES[0][0] else opened_on - timedelta(days=int(rng.integers(100, 6000)))
        entrance = _Entrance(
            f"CRK{i + 1:04d}",
            str(rng.choice(["出入口", "匝道"], p=[0.72, 0.28])),
            places[i],
            before,
            _CLOSED.get(i),
        )
        entrances.append(entrance)
        first = max(covered[turn[i]], opened_on) if i < _REPORTED else opened_on
        cameras += _cameras(entrance, first, len(cameras), chance)
    return entrances, cameras


def _cameras(entrance: _Entrance, first: date, number: int, chance: Chance) -> list[_Camera]:
    rng = chance.of(f"cameras {entrance.code}")
    old = first <= _COVERED[0][0]
    installed = first - timedelta(days=int(rng.integers(30, 2500))) if old else first
    replaced_on = first + timedelta(days=int(rng.integers(200, 1700))) if rng.random() < _REPLACED else None
    found = [_Camera(f"SXJ{number + 1:05d}", entrance.code, max(installed, entrance.opened_on), replaced_on)]
    if replaced_on:
        found.append(_Camera(f"SXJ{number + 2:05d}", entrance.code, replaced_on, None))
    if rng.random() < _SECOND_CAMERA:
        second = first + timedelta(days=int(rng.integers(0, 400)))
        found.append(_Camera(f"SXJ{number + len(found) + 1:05d}", entrance.code, second, None))
    return found


def _archive(entrances: Sequence[_Entrance], cameras: Sequence[_Camera], day: date) -> bytes:
    listed = [item for item in entrances if item.opened_on <= day]
    in_use = [item for item in cameras if item.installed_on <= day]
    return zipped(
        {
            "entrances.csv": _gb18030(
                {
                    "出入口编号": [item.code for item in listed],
                    "类别": [item.kind for item in listed],
                    "街镇代码": [item.subdistrict for item in listed],
                    "启用日期": [_text(item.opened_on) for item in listed],
                    "撤销日期": [_text(known(item.closed_on, day)) for item in listed],
                }
            ),
            "cameras.csv": _gb18030(
                {
                    "摄像机编号": [item.code for item in in_use],
                    "出入口编号": [item.entrance for item in in_use],
                    "投用日期": [_text(item.installed_on) for item in in_use],
                    "停用日期": [_text(known(item.retired_on, day)) for item in in_use],
                }
            ),
        }
    )


def _text(day: date | None) -> str | None:
    return day.strftime("%Y/%m/%d") if day else None


def _gb18030(columns: dict[str, list[str | None]]) -> bytes:
    # Their export tool writes the code page of its office machines.
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    return csv_bytes(table).decode("utf-8").encode("gb18030")
