"""The commerce commission's breakfast outlets and food markets: two CSV registers each quarter, in GB18030.

Belongs here: the two populations and their files. Does not belong here: e-commerce (`ecommerce_gmv.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sources.simulator.delivery_files import Outbox
from sources.simulator.district import allocate, credit_code, known, stock_dates, subdistricts
from sources.simulator.randomness import Chance
from sources.simulator.register_files import delimited, quarters, settled
from sources.simulator.span import Span

_OPENED = date(2021, 1, 1)
_ENCODING = "gb18030"
_OUTLET_HEADER = [
    "网点编号",
    "网点名称",
    "网点类型",
    "经营单位统一社会信用代码",
    "街镇代码",
    "地址",
    "联系电话",
    "开业日期",
    "停业日期",
]
_MARKET_HEADER = ["菜场编号", "菜场名称", "街镇代码", "地址", "开业日期", "智慧菜场验收日期", "停业日期"]

# Outlets ever opened: 121 by the report's day, five of them closed by then.
_OUTLETS = [
    (date(2018, 3, 1), 20),
    (date(2020, 12, 20), 62),
    (date(2021, 12, 20), 83),
    (date(2022, 6, 20), 91),
    (date(2022, 12, 20), 106),
    (date(2023, 6, 20), 121),
    (date(2023, 6, 30), 121),
    (date(2024, 12, 20), 152),
    (date(2025, 12, 20), 175),
]
# By order of opening.
_CLOSED = {
    3: date(2021, 8, 31),
    11: date(2022, 5, 20),
    27: date(2022, 7, 15),
    40: date(2022, 11, 30),
    58: date(2023, 4, 14),
}
_AI_OUTLETS = {87, 109}
_USUAL_TYPES = ["连锁门店", "便利店搭载", "社区食堂", "流动餐车"]
_TYPE_SHARES = [0.55, 0.25, 0.12, 0.08]

_MARKETS = 26
_CLOSED_MARKET = {5: date(2022, 9, 9)}
_SMART_MARKETS = {
    2: date(2021, 11, 25),
    8: date(2022, 9, 20),
    13: date(2022, 12, 16),
    20: date(2023, 5, 18),
    21: date(2024, 5, 22),
    22: date(2024, 12, 12),
    23: date(2025, 6, 20),
    24: date(2025, 11, 14),
}


@dataclass(frozen=True)
class Outlet:
    """A breakfast outlet, open from one day to, exclusively, another."""

    code: str
    name: str
    kind: str
    operator: str
    subdistrict: str
    address: str
    phone: str
    opened_on: date
    closed_on: date | None


def outlets(chance: Chance) -> list[Outlet]:
    """All outlets of the plan's years in the order of opening."""
    rng = chance.of("breakfast outlets")
    opened = [settled(day) for day in stock_dates(_OUTLETS, rng)]
    places = allocate(len(opened), rng)
    names = {item.code: item.name_zh for item in subdistricts()}
    found = []
    for number, (day, place) in enumerate(zip(opened, places, strict=True)):
        usual = str(rng.choice(_USUAL_TYPES, p=_TYPE_SHARES))
        found.append(
            Outlet(
                code=f"CNZC{number + 1:04d}",
                name=f"示例早餐{number + 1:03d}号点",
                kind="智能AI早餐点" if number in _AI_OUTLETS else usual,
                operator=credit_code(40_000 + int(rng.integers(0, 18))),
                subdistrict=place,
                address=f"{names[place]}示例路{int(rng.integers(1, 900))}号",
                # 000 is no mobile prefix: the number can belong to no one.
                phone=f"000{int(rng.integers(0, 10**8)):08d}",
                opened_on=day,
                closed_on=_CLOSED.get(number),
            )
        )
    return found


def deliver(chance: Chance, span: Span, outbox: Outbox) -> None:
    """Both registers of every quarter."""
    shops = outlets(chance)
    places = allocate(_MARKETS, chance.of("food markets"))
    for day, delivered_at in quarters(span, _OPENED):
        outbox.deliver(f"registers/breakfast_outlets_{day:%Y%m%d}_1.csv", delivered_at, _outlets, shops, day)
        outbox.deliver(f"registers/food_markets_{day:%Y%m%d}_1.csv", delivered_at, _markets, places, day)


def _outlets(shops: list[Outlet], day: date) -> bytes:
    rows: list[list[object]] = [
        [
            shop.code,
            shop.name,
            shop.kind,
            shop.operator,
            shop.subdistrict,
            shop.address,
            shop.phone,
            shop.opened_on,
            known(shop.closed_on, day),
        ]
        for shop in shops
        if shop.opened_on <= day
    ]
    return delimited(_OUTLET_HEADER, rows, _ENCODING)


def _markets(places: list[str], day: date) -> bytes:
    names = {item.code: item.name_zh for item in subdistricts()}
    rows: list[list[object]] = [
        [
            f"CNCC{number + 1:03d}",
            f"示例{number + 1:02d}号菜场",
            place,
            f"{names[place]}示例街{number + 1}号",
            date(2009, 6, 1) + timedelta(days=97 * number),
            known(_SMART_MARKETS.get(number), day),
            known(_CLOSED_MARKET.get(number), day),
        ]
        for number, place in enumerate(places)
    ]
    return delimited(_MARKET_HEADER, rows, _ENCODING)
