"""The construction commission: car parks and their weekly register.

Belongs here: the population of car parks, register workbooks. Does not belong here: free spaces
(`parking_snapshots.py`), entries and exits (`parking_events.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta

import numpy as np

from sources.simulator.delivery_files import Outbox, Sheet, workbook
from sources.simulator.district import (
    allocate,
    credit_code,
    stock_dates,
    subdistricts,
)
from sources.simulator.randomness import Chance
from sources.simulator.span import Span

INTERVAL_MINUTES = 15
INTERVALS = 24 * 60 // INTERVAL_MINUTES
REGISTER_OPENED = date(2023, 4, 3)

# Car parks ever networked, deregistered ones included: 123 by the report's day, of which three are gone by then.
_NETWORKED = [
    (date(2020, 12, 31), 39),
    (date(2021, 6, 30), 57),
    (date(2021, 12, 31), 74),
    (date(2022, 6, 30), 92),
    (date(2022, 12, 31), 108),
    (date(2023, 3, 31), 119),
    (date(2023, 6, 20), 123),
    (date(2023, 6, 30), 123),
    (date(2023, 12, 31), 129),
    (date(2024, 12, 31), 141),
    (date(2025, 12, 31), 152),
]
_UNIFIED_PAYMENT = [
    (date(2021, 3, 1), 12),
    (date(2021, 12, 31), 58),
    (date(2022, 6, 30), 81),
    (date(2022, 12, 31), 101),
    (date(2023, 3, 31), 113),
    (date(2023, 6, 25), 120),
    (date(2023, 6, 30), 120),
    (date(2024, 12, 31), 134),
    (date(2025, 12, 31), 149),
]
_OFFPEAK_BOOKING = [
    (date(2021, 9, 1), 2),
    (date(2021, 12, 31), 5),
    (date(2022, 6, 30), 10),
    (date(2022, 12, 31), 15),
    (date(2023, 6, 20), 21),
    (date(2023, 6, 30), 21),
    (date(2024, 12, 31), 30),
    (date(2025, 12, 31), 36),
]
_DEREGISTERED = {7: date(2021, 11, 15), 18: date(2022, 5, 20), 31: date(2022, 10, 28)}  # by order of networking


REGISTER_HEADER = [
    "序号",
    "停车场编号（备案号）",
    "停车场名称",
    "经营单位统一社会信用代码",
    "停车场类型",
    "街镇代码",
    "所属街镇",
    "地址",
    "经度",
    "纬度",
    "坐标系",
    "总泊位",
    "对外开放泊位",
    "充电泊位",
    "无障碍泊位",
    "营业开始",
    "营业结束",
    "是否24小时",
    "备案日期",
    "注销日期",
    "联网日期",
    "统一支付开通日期",
    "错峰预约开通日期",
    "上传间隔（分钟）",
]


@dataclass(frozen=True)
class Lot:
    """A car park; dates of the future are known to the simulation but not yet to its deliveries."""

    code: str
    name: str
    operator: str
    kind: str
    subdistrict: str
    address: str
    position: tuple[float, float] | None
    coordinates: str
    spaces: int
    open_spaces: int
    charging: int
    accessible: int
    opens: str | None
    closes: str | None
    registered_on: date
    networked_on: date
    unified_payment_on: date | None
    offpeak_booking_on: date | None
    deregistered_on: date | None
    reliability: float

    def networked(self, day: date) -> bool:
        """Whether the car park is networked and registered on `day`."""
        return self.networked_on <= day and (self.deregistered_on is None or self.deregistered_on > day)

    def open_intervals(self) -> np.ndarray:
        """Which of the day's upload intervals lie in the opening hours (boolean, one a interval)."""
        minutes = np.arange(INTERVALS) * INTERVAL_MINUTES
        if self.opens is None or self.closes is None:
            return np.ones(INTERVALS, bool)
        return (minutes >= _minutes(self.opens)) & (minutes < _minutes(self.closes))


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def car_parks(chance: Chance) -> list[Lot]:
    """All car parks of the plan's years in the order of networking, from the seed alone."""
    rng = chance.of("parking lots")
    networked = stock_dates(_NETWORKED, rng)
    count = len(networked)
    payment = iter(stock_dates(_UNIFIED_PAYMENT, rng))
    booking = stock_dates(_OFFPEAK_BOOKING, rng)
    # Booking came to every third of the early lots that stayed, so that its date follows networking.
    stayed = [i for i in range(count) if i not in _DEREGISTERED]
    booked = dict(zip(stayed[1 : 3 * len(booking) : 3], booking, strict=True))
    places = allocate(count, rng)
    names = {item.code: item.name_zh for item in subdistricts()}
    lots = []
    for i, networked_on in enumerate(networked):
        gone = _DEREGISTERED.get(i)
        paid = None if gone else next(payment, None)
        spaces = int(np.clip(rng.lognormal(5.05, 0.6), 24, 1500))
        kind = str(
            rng.choice(["路外公共停车场", "建筑物配建（对外开放）", "道路停车泊位", "P+R"], p=[0.3, 0.55, 0.12, 0.03])
        )
        around_the_clock = rng.random() < 0.78
        located = rng.random() < 0.97
        # Registered shortly before networking; on the same day from 2023, when registration became the condition.
        registered = (
            networked_on - timedelta(days=int(rng.integers(5, 60))) if networked_on.year < 2023 else networked_on
        )
        booked_on = booked.get(i)
        lots.append(
            Lot(
                code=f"310105P{i + 1:04d}",
                name=f"{names[places[i]].removesuffix('街道').removesuffix('镇')}{i + 1:03d}号停车场",
                operator=credit_code(1000 + int(rng.integers(0, 40))),
                kind=kind,
                subdistrict=places[i],
                address=f"{names[places[i]]}示例路{int(rng.integers(1, 900))}号",
                position=(round(121.40 + float(rng.normal(0, 0.02)), 6), round(31.21 + float(rng.normal(0, 0.015)), 6))
                if located
                else None,
                coordinates=str(rng.choice(["GCJ-02", "WGS-84", "BD-09"], p=[0.6, 0.25, 0.15])),
                spaces=spaces,
                open_spaces=int(spaces * rng.uniform(0.6, 1.0)),
                charging=int(spaces * rng.uniform(0.0, 0.15)),
                accessible=max(1, int(spaces * 0.01)),
                opens=None if around_the_clock else str(rng.choice(["06:00", "06:30", "07:00"])),
                closes=None if around_the_clock else str(rng.choice(["22:00", "23:00", "24:00"])),
                registered_on=registered,
                networked_on=networked_on,
                unified_payment_on=max(paid, networked_on) if paid else None,
                offpeak_booking_on=max(booked_on, networked_on) if booked_on else None,
                deregistered_on=gone,
                reliability=float(rng.random()),
            )
        )
    return lots


def deliver_register(lots: list[Lot], span: Span, outbox: Outbox) -> None:
    """The register of every week as the department sends it on Monday afternoon."""
    for sunday, delivered_at in span.weeks(REGISTER_OPENED, time(16, 0)):
        outbox.deliver(f"register/parking_lots_{sunday:%Y%m%d}_1.xlsx", delivered_at, _register, lots, sunday)


def _register(lots: list[Lot], day: date) -> bytes:
    def known(value: date | None) -> date | None:
        return value if value and value <= day else None

    names = {item.code: item.name_zh for item in subdistricts()}
    rows: list[list[object]] = []
    for number, lot in enumerate(sorted(lots, key=lambda lot: (lot.subdistrict, lot.code)), 1):
        if lot.registered_on > day:
            continue
        networked = known(lot.networked_on)
        rows.append(
            [
                number,
                lot.code,
                lot.name,
                lot.operator,
                lot.kind,
                lot.subdistrict,
                names[lot.subdistrict],
                lot.address,
                *(lot.position or ("-1.0", "-1.0")),
                lot.coordinates,
                lot.spaces,
                lot.open_spaces,
                lot.charging,
                lot.accessible,
                lot.opens,
                lot.closes,
                "否" if lot.opens else "是",
                # Clerks type some dates as text with slashes.
                lot.registered_on.strftime("%Y/%m/%d") if number % 9 == 0 else lot.registered_on,
                known(lot.deregistered_on),
                networked,
                known(lot.unified_payment_on),
                known(lot.offpeak_booking_on),
                INTERVAL_MINUTES,
            ]
        )
    title = f"长宁区公共停车场（库）登记表（截至{day.year}年{day.month}月{day.day}日）"
    notes = ["注：1. 营业时间为空表示全天营业。", "2. 坐标未采集的填 -1.0。"]
    return workbook([Sheet("停车场登记", title, REGISTER_HEADER, rows, notes=notes)])
