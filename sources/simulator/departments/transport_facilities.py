"""The construction commission's one-tap taxi screens: a CSV with a control file each quarter.

Belongs here: the screens and their files. Does not belong here: car parks (`parking.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sources.simulator.delivery_files import Outbox
from sources.simulator.district import allocate, known, stock_dates, subdistricts
from sources.simulator.randomness import Chance
from sources.simulator.register_files import delimited, quarters, settled
from sources.simulator.span import Span

_OPENED = date(2021, 1, 1)
_ENCODING = "utf-8-sig"
_HEADER = [
    "点位编号",
    "点位名称",
    "点位类别",
    "街镇代码",
    "经度",
    "纬度",
    "安装日期",
    "调试验收日期",
    "拆除日期",
    "设备状态",
]
_KINDS = ["居民小区", "商圈", "医院", "养老机构", "公交枢纽", "其他"]
_KIND_SHARES = [0.52, 0.14, 0.08, 0.12, 0.08, 0.06]

# Screens ever accepted: 129 by the report's day, three of them removed by then.
_ACCEPTED = [
    (date(2020, 11, 30), 6),
    (date(2021, 6, 20), 24),
    (date(2021, 12, 20), 52),
    (date(2022, 6, 20), 71),
    (date(2022, 12, 20), 108),
    (date(2023, 6, 20), 129),
    (date(2023, 6, 30), 129),
    (date(2024, 12, 20), 172),
    (date(2025, 12, 20), 198),
]
# By order of acceptance.
_REMOVED = {2: date(2022, 8, 19), 33: date(2022, 12, 9), 57: date(2023, 3, 20)}


@dataclass(frozen=True)
class Screen:
    """A screen that calls a taxi at one touch."""

    code: str
    name: str
    kind: str
    subdistrict: str
    position: tuple[float, float]
    installed_on: date
    accepted_on: date
    removed_on: date | None


def screens(chance: Chance) -> list[Screen]:
    """All screens of the plan's years in the order of acceptance."""
    rng = chance.of("taxi screens")
    accepted = [settled(day) for day in stock_dates(_ACCEPTED, rng)]
    places = allocate(len(accepted), rng)
    names = {item.code: item.name_zh for item in subdistricts()}
    return [
        Screen(
            code=f"310105T{number + 1:04d}",
            name=f"{names[place]}示例{number + 1:03d}号叫车点",
            kind=str(rng.choice(_KINDS, p=_KIND_SHARES)),
            subdistrict=place,
            position=(round(121.40 + float(rng.normal(0, 0.02)), 6), round(31.21 + float(rng.normal(0, 0.015)), 6)),
            installed_on=day - timedelta(days=int(rng.integers(3, 21))),
            accepted_on=day,
            removed_on=_REMOVED.get(number),
        )
        for number, (day, place) in enumerate(zip(accepted, places, strict=True))
    ]


def deliver(chance: Chance, span: Span, outbox: Outbox) -> None:
    """The register of every quarter, and beside each the empty file that says that it is complete."""
    points = screens(chance)
    for day, delivered_at in quarters(span, _OPENED):
        name = f"screens/taxi_screens_{day:%Y%m%d}_1.csv"
        outbox.deliver(name, delivered_at, _register, points, day)
        outbox.deliver(f"{name}.ok", delivered_at, bytes)


def _register(points: list[Screen], day: date) -> bytes:
    rows: list[list[object]] = []
    for point in points:
        if point.installed_on > day:
            continue
        accepted, removed = known(point.accepted_on, day), known(point.removed_on, day)
        rows.append(
            [
                point.code,
                point.name,
                point.kind,
                point.subdistrict,
                *point.position,
                point.installed_on,
                accepted,
                removed,
                "已拆除" if removed else "在用" if accepted else "调试",
            ]
        )
    return delimited(_HEADER, rows, _ENCODING)
