"""The sports bureau: venues and courts with their smart upgrades, seniors' sports and health homes.

Belongs here: both populations and the half-yearly workbook. Does not belong here: other departments' facilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta

from sources.simulator.delivery_files import Outbox, Sheet, workbook
from sources.simulator.district import allocate, known, stock_dates, subdistricts
from sources.simulator.randomness import Chance
from sources.simulator.span import Span
from sources.simulator.state_days import state_days

_OPENED = date(2020, 12, 1)
# Upgrades ever accepted: eleven by the report's day, of which one venue has closed by then.
_UPGRADED = [
    (date(2020, 12, 31), 1),
    (date(2021, 12, 31), 4),
    (date(2022, 6, 30), 6),
    (date(2022, 12, 31), 8),
    (date(2023, 5, 31), 11),
    (date(2023, 6, 30), 11),
    (date(2023, 12, 31), 13),
    (date(2024, 12, 31), 17),
    (date(2025, 12, 31), 21),
]
_CLOSED_UPGRADE = (1, date(2022, 11, 15))  # by order of acceptance
_HOMES = [
    (date(2020, 12, 31), 0),
    (date(2021, 12, 31), 2),
    (date(2022, 12, 31), 5),
    (date(2023, 5, 31), 6),
    (date(2023, 6, 30), 6),
    (date(2024, 12, 31), 9),
    (date(2025, 12, 31), 10),
]
_VENUES = 42
_PLANNED_HOMES = 12
_VENUE_HEADER = [
    "序号",
    "场馆编号",
    "场馆名称",
    "场馆类别",
    "街镇代码",
    "所属街镇",
    "启用日期",
    "智慧化改造开工日期",
    "智慧化改造验收日期",
    "停用日期",
]
_HOME_HEADER = ["序号", "编号", "名称", "街镇代码", "所属街镇", "建筑面积（平方米）", "开办日期", "停办日期"]


@dataclass(frozen=True)
class _Venue:
    code: str
    name: str
    kind: str
    subdistrict: str
    opened_on: date
    started_on: date | None
    accepted_on: date | None
    closed_on: date | None


@dataclass(frozen=True)
class _Home:
    code: str
    name: str
    subdistrict: str
    area: int
    opened_on: date | None


def deliver(chance: Chance, span: Span, outbox: Outbox) -> None:
    """The workbook of each half-year, sent on its last working day."""
    venues, homes = _venues(chance), _homes(chance)
    for day, delivered_at in state_days(span, _OPENED, 6, time(16, 30)):
        outbox.deliver(f"register/sports_venues_{day:%Y%m%d}_1.xlsx", delivered_at, _workbook, venues, homes, day)


def _venues(chance: Chance) -> list[_Venue]:
    rng = chance.of("sports venues")
    places = allocate(_VENUES, rng)
    names = {item.code: item.name_zh for item in subdistricts()}
    accepted = stock_dates(_UPGRADED, rng)
    upgraded = dict(zip(rng.permutation(_VENUES).tolist(), enumerate(accepted), strict=False))
    found = []
    for i in range(_VENUES):
        order, accepted_on = upgraded.get(i, (None, None))
        kind = str(rng.choice(["公共体育场馆", "市民球场"], p=[0.45, 0.55]))
        days_of_work = int(rng.integers(60, 200))
        found.append(
            _Venue(
                code=f"SPT{i + 1:04d}",
                name=f"示例{names[places[i]].removesuffix('街道').removesuffix('镇')}{kind[2:]}{i + 1:02d}",
                kind=kind,
                subdistrict=places[i],
                opened_on=date(2004, 1, 5) + timedelta(days=int(rng.integers(0, 5600))),
                started_on=accepted_on - timedelta(days=days_of_work) if accepted_on else None,
                accepted_on=accepted_on,
                closed_on=_CLOSED_UPGRADE[1] if order == _CLOSED_UPGRADE[0] else None,
            )
        )
    return found


def _homes(chance: Chance) -> list[_Home]:
    rng = chance.of("seniors' sports homes")
    opened: list[date | None] = [*stock_dates(_HOMES, rng)]
    opened += [None] * (_PLANNED_HOMES - len(opened))
    codes = [str(code) for code in rng.permutation([item.code for item in subdistricts()])]
    names = {item.code: item.name_zh for item in subdistricts()}
    places = [codes[i % len(codes)] for i in range(_PLANNED_HOMES)]
    return [
        _Home(
            f"ZJ{i + 1:03d}",
            f"示例{names[place]}长者运动健康之家{i // len(codes) + 1:02d}",
            place,
            int(rng.integers(180, 900)),
            day,
        )
        for i, (place, day) in enumerate(zip(places, opened, strict=True))
    ]


def _workbook(venues: list[_Venue], homes: list[_Home], day: date) -> bytes:
    names = {item.code: item.name_zh for item in subdistricts()}
    venue_rows: list[list[object]] = [
        [
            number,
            venue.code,
            venue.name,
            venue.kind,
            venue.subdistrict,
            names[venue.subdistrict],
            # Some dates are typed as text with slashes.
            venue.opened_on.strftime("%Y/%m/%d") if number % 7 == 0 else venue.opened_on,
            known(venue.started_on, day) or "-",
            known(venue.accepted_on, day) or "-",
            known(venue.closed_on, day),
        ]
        for number, venue in enumerate(venues, 1)
    ]
    home_rows: list[list[object]] = [
        [
            number,
            home.code,
            home.name,
            home.subdistrict,
            names[home.subdistrict],
            home.area,
            known(home.opened_on, day),
            None,
        ]
        for number, home in enumerate(homes, 1)
    ]
    until = f"截至{day.year}年{day.month}月{day.day}日"
    return workbook(
        [
            Sheet(
                "场馆改造",
                f"公共体育场馆和市民球场智慧化改造情况（{until}）",
                _VENUE_HEADER,
                venue_rows,
                unit="单位：处",
                notes=["注：未开工、未验收的填“-”。"],
            ),
            Sheet(
                "健康之家",
                f"长者运动健康之家情况（{until}）",
                _HOME_HEADER,
                home_rows,
                notes=["注：开办日期为空的尚在筹建。"],
            ),
        ]
    )
