"""The service centre's registers: windows of the halls, service bundles, the flagship store and its visits.

Belongs here: these populations and their workbooks. Does not belong here: cases (`government_cases.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

import numpy as np

from sources.simulator.delivery_files import Outbox, Sheet, workbook
from sources.simulator.district import allocate, stock_dates, subdistricts
from sources.simulator.randomness import Chance
from sources.simulator.span import Span

# Registers are drawn up on this day of the month, so that a month is stated before it is over.
REGISTER_DAY = 25
_WINDOWS_OPENED = date(2023, 1, 1)
_SERVICES_OPENED = date(2022, 12, 1)
_VISITS_OPENED = date(2021, 1, 1)
_VISITS_MONTHLY_FROM = date(2023, 1, 1)

# Comprehensive windows among those in service at the end of the plan's years; by the report's day all are.
_COMPREHENSIVE = [
    (date(2020, 12, 31), 74),
    (date(2021, 12, 31), 92),
    (date(2022, 12, 31), 117),
    (date(2023, 6, 15), 126),
]
# Windows for one department alone that were closed before they changed.
_CLOSED_WINDOWS = (date(2021, 9, 30), date(2021, 9, 30), date(2022, 3, 31), date(2022, 11, 30), date(2023, 3, 31))
_NEW_WINDOWS = (date(2023, 9, 1), date(2024, 5, 6), date(2025, 3, 3))

_BUNDLES = [
    (date(2020, 12, 31), 12),
    (date(2021, 12, 31), 21),
    (date(2022, 12, 31), 34),
    (date(2023, 6, 20), 42),
    (date(2023, 6, 30), 42),
    (date(2023, 12, 31), 48),
    (date(2025, 12, 31), 70),
]
_CITY_BUNDLES = 15
_STORE_SERVICES = [
    (date(2020, 12, 31), 20),
    (date(2021, 12, 31), 41),
    (date(2022, 12, 31), 60),
    (date(2023, 6, 20), 72),
    (date(2023, 6, 30), 72),
    (date(2023, 12, 31), 80),
    (date(2025, 12, 31), 122),
]
_OFFLINE = {3: date(2022, 8, 31), 11: date(2023, 2, 28)}  # services, by order of going online
_OFFLINE_BUNDLE = {5: date(2022, 10, 31)}

# Visits of the flagship store a year, in hundredths of 万次; months share them by season.
_VISITS = {2021: 52000, 2022: 75000, 2023: 88000, 2024: 96000, 2025: 101000}
_SEASON = np.array([8.2, 6.5, 8.9, 8.0, 8.1, 8.4, 8.6, 8.5, 8.9, 7.9, 8.8, 9.2])


@dataclass(frozen=True)
class _Item:
    """A bundle or service of the store: online on a day, offline on another or not at all."""

    code: str
    name: str
    level: str
    online_on: date
    offline_on: date | None


def deliver_registers(chance: Chance, span: Span, outbox: Outbox) -> None:
    """Windows every month, bundles and the store's services every quarter, on the 25th."""
    windows = _windows(chance)
    for day, delivered_at in span.month_states(_WINDOWS_OPENED, REGISTER_DAY, time(15, 30)):
        outbox.deliver(f"registers/hall_windows_{day:%Y%m%d}_1.xlsx", delivered_at, _window_book, windows, day)
    bundles, services = _bundles(chance), _services(chance)
    for day, delivered_at in span.month_states(_SERVICES_OPENED, REGISTER_DAY, time(16, 0), every=3):
        outbox.deliver(
            f"registers/online_services_{day:%Y%m%d}_1.xlsx", delivered_at, _service_book, bundles, services, day
        )


def deliver_visits(span: Span, outbox: Outbox) -> None:
    """The store's visits: a workbook a year for the years before 2023, then one a month with the year so far."""
    for month, delivered_at in span.months(_VISITS_OPENED, 4, time(10, 0)):
        if month < _VISITS_MONTHLY_FROM and month.month != 12:
            continue
        outbox.deliver(f"registers/store_visits_{month:%Y%m}_1.xlsx", delivered_at, _visit_book, month)


def _windows(chance: Chance) -> list[Sequence[object]]:
    """All windows of the plan's years: code, hall, subdistrict, opened, comprehensive since, closed."""
    rng = chance.of("hall windows")
    names = {item.code: item.name_zh for item in subdistricts()}
    since = stock_dates(_COMPREHENSIVE, rng)
    opened_first = date(2019, 5, 6)
    rows: list[tuple[date, date | None, date | None]] = [
        (opened_first, opened_first if day == _COMPREHENSIVE[0][0] else day, None) for day in since
    ]
    rows += [(opened_first, None, closed) for closed in _CLOSED_WINDOWS]
    rows += [(day, day, None) for day in _NEW_WINDOWS]
    places = [*allocate(len(since), rng), *allocate(len(rows) - len(since), rng)]
    return [
        (f"CK{i + 1:03d}", f"{names[place]}社区事务受理服务中心", place, opened, comprehensive, closed)
        for i, ((opened, comprehensive, closed), place) in enumerate(zip(rows, places, strict=True))
    ]


def _bundles(chance: Chance) -> list[_Item]:
    dates = stock_dates(_BUNDLES, chance.of("service bundles"))
    own = [
        _Item(f"QJ{i + 1:03d}", f"示例一件事{i + 1:02d}", "区级", day, _OFFLINE_BUNDLE.get(i))
        for i, day in enumerate(dates)
    ]
    city = [
        _Item(f"SJ{i + 1:03d}", f"示例市级一件事{i + 1:02d}", "市级", date(2020, 10, 1), None)
        for i in range(_CITY_BUNDLES)
    ]
    return own + city


def _services(chance: Chance) -> list[_Item]:
    dates = stock_dates(_STORE_SERVICES, chance.of("store services"))
    return [
        _Item(f"QJD{i + 1:03d}", f"示例应用服务{i + 1:03d}", "区级", day, _OFFLINE.get(i))
        for i, day in enumerate(dates)
    ]


def _known(value: object, day: date) -> object:
    return value if isinstance(value, date) and value <= day else None


def _window_book(windows: list[Sequence[object]], day: date) -> bytes:
    rows: list[list[object]] = []
    for code, hall, place, opened, comprehensive, closed in windows:
        if not _known(opened, day):
            continue
        since = _known(comprehensive, day)
        kind = "综合窗口" if since else "专业窗口"
        rows.append([len(rows) + 1, code, hall, place, kind, opened, since, _known(closed, day)])
    header = ["序号", "窗口编号", "所在大厅", "街镇代码", "窗口类型", "启用日期", "综合窗口起始日期", "停用日期"]
    title = f"长宁区政务服务大厅窗口登记表（截至{day.year}年{day.month}月{day.day}日）"
    return workbook(
        [Sheet("窗口登记", title, header, rows, notes=["注：综合窗口指“前台综合受理、后台分类审批”的窗口。"])]
    )


def _service_book(bundles: list[_Item], services: list[_Item], day: date) -> bytes:
    def rows(items: list[_Item]) -> list[list[object]]:
        shown = [item for item in items if item.online_on <= day]
        return [
            [number, item.code, item.name, item.level, item.online_on, _known(item.offline_on, day)]
            for number, item in enumerate(shown, 1)
        ]

    until = f"（截至{day.year}年{day.month}月{day.day}日）"
    bundle_header = ["序号", "项目编号", "项目名称", "层级", "上线日期", "下线日期"]
    service_header = ["序号", "服务编号", "服务名称", "层级", "上线日期", "下线日期"]
    return workbook(
        [
            Sheet("一件事", f"长宁区“一件事”项目清单{until}", bundle_header, rows(bundles)),
            Sheet("旗舰店服务", f"“随申办”长宁旗舰店应用服务清单{until}", service_header, rows(services)),
        ]
    )


def _visit_book(last: date) -> bytes:
    """The visits of the year's months up to `last`, in 万次 with two decimals."""
    shares = np.floor(_VISITS[last.year] * _SEASON / _SEASON.sum()).astype(int)
    shares[-1] += _VISITS[last.year] - shares.sum()
    rows: list[list[object]] = [
        [f"{last.year}-{number + 1:02d}", int(shares[number]) / 100] for number in range(last.month)
    ]
    total = ["合计", int(shares[: last.month].sum()) / 100]
    title = f"“随申办”长宁旗舰店访问量（{last.year}年1-{last.month}月）"
    return workbook([Sheet("访问量", title, ["月份", "访问量"], rows, unit="单位：万次", total=total)])
