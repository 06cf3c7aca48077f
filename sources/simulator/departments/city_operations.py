"""The city operation centre: the approved list of elements, their heartbeats, the scenarios of its platform.

Belongs here: these populations and their files. Does not belong here: other departments' systems behind an element.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pyarrow as pa

from sources.simulator.delivery_files import Outbox, Sheet, csv_bytes, workbook
from sources.simulator.district import stock_dates
from sources.simulator.randomness import Chance
from sources.simulator.span import Span, next_month

_REGISTER_DAY = 25
_LIST_OPENED = date(2023, 1, 1)
_SCENARIOS_OPENED = date(2022, 12, 1)
_HEARTBEAT_OPENED = date(2021, 1, 1)
# Heartbeats of the months before come in one file, later ones month by month.
_HEARTBEAT_MONTHLY_FROM = date(2023, 1, 1)

# Elements ever approved, and ever connected; three were removed from the list since.
_LISTED = [
    (date(2020, 12, 31), 260),
    (date(2021, 12, 31), 312),
    (date(2022, 6, 30), 340),
    (date(2022, 12, 31), 368),
    (date(2023, 6, 15), 403),
    (date(2023, 6, 30), 403),
    (date(2023, 12, 31), 420),
    (date(2025, 12, 31), 470),
]
_CONNECTED = [
    (date(2020, 12, 31), 222),
    (date(2021, 12, 31), 278),
    (date(2022, 6, 30), 310),
    (date(2022, 12, 31), 346),
    (date(2023, 6, 15), 397),
    (date(2023, 6, 30), 397),
    (date(2023, 12, 31), 415),
    (date(2025, 12, 31), 467),
]
_REMOVED = {10: date(2021, 10, 31), 50: date(2022, 8, 31), 120: date(2023, 3, 31)}  # by order of listing
# Of the connected elements these fall silent in a month: six of 394 on the report's day, so that 388 of 400 are live.
_SILENT_SHARE = 0.0152

# Class of element: as the list writes it, and after how many days without data it counts as cut off.
_CLASSES = (("设施", 1), ("事件", 1), ("环境", 1), ("车", 2), ("人", 7), ("房", 31), ("企", 31))
_OWNERS = (
    "区城运中心",
    "区建管委",
    "区生态环境局",
    "公安分局",
    "区绿化市容局",
    "区应急局",
    "区市场监管局",
    "区大数据中心",
)

_SCENARIOS = [
    (date(2020, 12, 31), 8),
    (date(2021, 12, 31), 14),
    (date(2022, 12, 31), 22),
    (date(2023, 6, 20), 27),
    (date(2023, 6, 30), 27),
    (date(2025, 12, 31), 44),
]
_SCENARIO_OFFLINE = {2: date(2022, 11, 30)}


@dataclass(frozen=True)
class _Element:
    """An element of city operation; without `connected_on` it is not connected within the plan."""

    code: str
    name: str
    kind: str
    owner: str
    silence: int
    listed_on: date
    connected_on: date | None
    removed_on: date | None

    def connected(self, day: date) -> bool:
        """Whether it is listed and connected on `day`."""
        return self.connected_on is not None and self.connected_on <= day and not self.removed(day)

    def removed(self, day: date) -> bool:
        """Whether it is off the list on `day`."""
        return self.removed_on is not None and self.removed_on <= day


def deliver(chance: Chance, span: Span, outbox: Outbox) -> None:
    """The list every month, the scenarios every quarter (both on the 25th), heartbeats after each month's end."""
    elements = _elements(chance)
    for day, delivered_at in span.month_states(_LIST_OPENED, _REGISTER_DAY, time(17, 0)):
        outbox.deliver(f"registers/city_elements_{day:%Y%m%d}_1.xlsx", delivered_at, _list_book, elements, day)
    scenarios = stock_dates(_SCENARIOS, chance.of("city scenarios"))
    for day, delivered_at in span.month_states(_SCENARIOS_OPENED, _REGISTER_DAY, time(17, 30), every=3):
        outbox.deliver(f"registers/city_scenarios_{day:%Y%m%d}_1.xlsx", delivered_at, _scenario_book, scenarios, day)
    for month, delivered_at in span.months(_HEARTBEAT_OPENED, 1, time(3, 0)):
        if next_month(month) < _HEARTBEAT_MONTHLY_FROM:
            continue
        last = next_month(month) - timedelta(days=1)
        name = f"heartbeats/element_heartbeat_{last:%Y%m%d}.csv"
        outbox.deliver(name, delivered_at, _heartbeats, elements, chance, month)


def _elements(chance: Chance) -> list[_Element]:
    rng = chance.of("city elements")
    listed = stock_dates(_LISTED, rng)
    connected = stock_dates(_CONNECTED, rng)
    elements = []
    for i, listed_on in enumerate(listed):
        kind, silence = _CLASSES[int(rng.integers(0, len(_CLASSES)))]
        elements.append(
            _Element(
                code=f"YS{_kind_number(kind)}{i + 1:04d}",
                name=f"示例{kind}类要素{i + 1:03d}",
                kind=kind,
                owner=_OWNERS[int(rng.integers(0, len(_OWNERS)))],
                silence=silence,
                listed_on=listed_on,
                connected_on=max(connected[i], listed_on) if i < len(connected) else None,
                removed_on=_REMOVED.get(i),
            )
        )
    return elements


def _kind_number(kind: str) -> str:
    return f"{[name for name, _ in _CLASSES].index(kind) + 1:02d}"


def _list_book(elements: list[_Element], day: date) -> bytes:
    rows: list[list[object]] = []
    for element in elements:
        if element.listed_on > day:
            continue
        connected_on = element.connected_on if element.connected(day) or element.removed(day) else None
        state = "已接入" if connected_on else "未接入"
        removed_on = element.removed_on if element.removed(day) else None
        rows.append(
            [
                len(rows) + 1,
                element.code,
                element.name,
                element.kind,
                element.owner,
                element.listed_on,
                state,
                connected_on,
                element.silence,
                removed_on,
            ]
        )
    header = [
        "序号",
        "要素编号",
        "要素名称",
        "要素类别",
        "责任部门",
        "列入日期",
        "接入状态",
        "接入日期",
        "允许断更天数",
        "移出日期",
    ]
    title = f"长宁区城市运行管理要素清单（{day.year}年{day.month}月核定）"
    notes = ["注：允许断更天数按要素类别核定，超过即视为断开。"]
    return workbook([Sheet("要素清单", title, header, rows, notes=notes)])


def _scenario_book(online: list[date], day: date) -> bytes:
    rows = [
        [i + 1, f"CJ{i + 1:03d}", f"示例应用场景{i + 1:02d}", online_on, _known(_SCENARIO_OFFLINE.get(i), day)]
        for i, online_on in enumerate(online)
        if online_on <= day
    ]
    header = ["序号", "场景编号", "场景名称", "上线日期", "下线日期"]
    return workbook(
        [Sheet("应用场景", f"长宁区城运平台应用场景清单（截至{day.year}年{day.month}月{day.day}日）", header, rows)]
    )


def _known(value: date | None, day: date) -> date | None:
    return value if value and value <= day else None


def _heartbeats(elements: list[_Element], chance: Chance, month: date) -> bytes:
    """Per connected element, at the end of `month`: when its data last came, local time, and how many records that day.

    The file of the last month before the monthly ones tells of all months since the heartbeats began.
    """
    first = month if month >= _HEARTBEAT_MONTHLY_FROM else _HEARTBEAT_OPENED
    rows: list[tuple[str, str, str, int]] = []
    while first <= month:
        first = next_month(first)
        rows += _month_end(elements, chance, first - timedelta(days=1))
    names = ("要素编号", "统计日", "最近数据时间", "当日数据量")
    columns = zip(*rows, strict=True)
    # The platform exports in the national encoding.
    return csv_bytes(pa.table(dict(zip(names, map(list, columns), strict=True)))).decode().encode("gb18030")


def _month_end(elements: list[_Element], chance: Chance, day: date) -> Iterator[tuple[str, str, str, int]]:
    rng = chance.of("element heartbeats", day)
    there = [element for element in elements if element.connected(day)]
    silent = set(rng.permutation(len(there))[: round(_SILENT_SHARE * len(there))].tolist())
    for i, element in enumerate(there):
        ago = int(rng.integers(0, element.silence + 1))
        if i in silent:
            ago = element.silence + int(rng.integers(1, 20))
        last = datetime.combine(day, time()) - timedelta(days=ago) + timedelta(seconds=int(rng.integers(0, 86000)))
        yield element.code, day.isoformat(), f"{last:%Y-%m-%d %H:%M:%S}", 0 if ago else int(rng.integers(1, 5000))
