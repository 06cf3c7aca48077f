"""The culture and tourism bureau's register of a hotel group's houses: a workbook each quarter.

Belongs here: the hotels and their workbook. Does not belong here: other venues of the bureau.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sources.simulator.delivery_files import Outbox, Sheet, workbook
from sources.simulator.district import allocate, known, stock_dates, subdistricts
from sources.simulator.randomness import Chance
from sources.simulator.register_files import quarters, settled
from sources.simulator.span import Span

_OPENED = date(2021, 1, 1)
_HEADER = [
    "序号",
    "酒店编号",
    "酒店名称",
    "所属集团",
    "街镇代码",
    "所属街镇",
    "客房数",
    "负责人电话",
    "开业日期",
    "线上预订选房开通日期",
    "数字酒店验收日期",
    "歇业日期",
]

# Hotels that ever offered booking and choice of a room online: 45 by the report's day, two of them closed by then.
_ONLINE = [
    (date(2019, 5, 6), 5),
    (date(2020, 12, 20), 14),
    (date(2021, 12, 20), 27),
    (date(2022, 12, 20), 39),
    (date(2023, 6, 20), 45),
    (date(2023, 6, 30), 45),
    (date(2024, 12, 20), 54),
    (date(2025, 12, 20), 60),
]
_DIGITAL = [
    (date(2020, 10, 15), 4),
    (date(2021, 12, 20), 14),
    (date(2022, 12, 20), 26),
    (date(2023, 6, 20), 32),
    (date(2023, 6, 30), 32),
    (date(2024, 12, 20), 45),
    (date(2025, 12, 20), 54),
]
# By order of going online; neither had become a digital hotel.
_CLOSED = {1: date(2022, 4, 30), 9: date(2023, 2, 28)}


@dataclass(frozen=True)
class Hotel:
    """A hotel of the group with the days on which it opened, went online, was accepted as digital, closed."""

    code: str
    name: str
    subdistrict: str
    rooms: int
    phone: str
    opened_on: date
    online_on: date
    digital_on: date | None
    closed_on: date | None


def hotels(chance: Chance) -> list[Hotel]:
    """All hotels of the plan's years in the order of going online."""
    rng = chance.of("hotels")
    online = [settled(day) for day in stock_dates(_ONLINE, rng)]
    # Accepted in the order of going online, which each acceptance therefore follows.
    staying = (i for i in range(len(online)) if i not in _CLOSED)
    digital = dict(zip(staying, (settled(day) for day in stock_dates(_DIGITAL, rng)), strict=False))
    places = allocate(len(online), rng)
    return [
        Hotel(
            code=f"CNJD{number + 1:03d}",
            name=f"示例{number + 1:02d}号酒店",
            subdistrict=place,
            rooms=int(rng.integers(60, 320)),
            phone=f"000{int(rng.integers(0, 10**8)):08d}",
            opened_on=day - timedelta(days=int(rng.integers(30, 3000))),
            online_on=day,
            digital_on=digital.get(number),
            closed_on=_CLOSED.get(number),
        )
        for number, (day, place) in enumerate(zip(online, places, strict=True))
    ]


def deliver(chance: Chance, span: Span, outbox: Outbox) -> None:
    """The register of every quarter."""
    houses = hotels(chance)
    for day, delivered_at in quarters(span, _OPENED):
        outbox.deliver(f"register/hotels_{day:%Y%m%d}_1.xlsx", delivered_at, _register, houses, day)


def _register(houses: list[Hotel], day: date) -> bytes:
    names = {item.code: item.name_zh for item in subdistricts()}
    rows: list[list[object]] = []
    for hotel in houses:
        if hotel.opened_on > day:
            continue
        rows.append(
            [
                len(rows) + 1,
                hotel.code,
                hotel.name,
                "示例酒店集团",
                hotel.subdistrict,
                names[hotel.subdistrict],
                hotel.rooms,
                hotel.phone,
                hotel.opened_on,
                known(hotel.online_on, day),
                known(hotel.digital_on, day),
                known(hotel.closed_on, day),
            ]
        )
    title = f"长宁区数字酒店推进情况表（截至{day.year}年{day.month}月{day.day}日）"
    rooms = sum(hotel.rooms for hotel in houses if hotel.opened_on <= day)
    total = ["合计", f"{len(rows)}家", None, None, None, None, rooms]
    return workbook([Sheet("酒店名录", title, _HEADER, rows, unit="单位：家、间", total=total)])
