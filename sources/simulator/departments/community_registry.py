"""The community affairs office: digital homes in the neighbourhoods, a quarterly register.

Belongs here: the neighbourhoods and their workbook. Does not belong here: other departments' facilities.
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
# Homes ever accepted: eleven by the report's day, of which one has withdrawn by then.
_ACCEPTED = [
    (date(2020, 12, 31), 0),
    (date(2021, 6, 30), 1),
    (date(2021, 12, 31), 3),
    (date(2022, 6, 30), 5),
    (date(2022, 12, 31), 8),
    (date(2023, 6, 20), 11),
    (date(2023, 6, 30), 11),
    (date(2024, 12, 31), 16),
    (date(2025, 12, 31), 21),
]
_WITHDRAWN = (0, date(2023, 3, 15))  # by order of acceptance
# The first neighbourhoods applied together when the scheme was announced.
_FIRST_APPLICANTS = 6
_ANNOUNCED = date(2020, 10, 12)
_HEADER = ["序号", "编号", "小区名称", "街镇代码", "所属街镇", "居民委员会", "户数", "申报日期", "验收日期", "退出日期"]


@dataclass(frozen=True)
class _Home:
    code: str
    name: str
    subdistrict: str
    committee: str
    households: int
    applied_on: date
    accepted_on: date
    withdrawn_on: date | None


def deliver(chance: Chance, span: Span, outbox: Outbox) -> None:
    """The register of each quarter, sent on its last working day."""
    homes = _homes(chance)
    for day, delivered_at in state_days(span, _OPENED, 3, time(15, 0)):
        outbox.deliver(f"register/digital_homes_{day:%Y%m%d}_1.xlsx", delivered_at, _workbook, homes, day)


def _homes(chance: Chance) -> list[_Home]:
    rng = chance.of("digital homes")
    accepted = stock_dates(_ACCEPTED, rng)
    places = allocate(len(accepted), rng)
    found = []
    for i, accepted_on in enumerate(accepted):
        waited = int(rng.integers(100, 260))
        first = _ANNOUNCED + timedelta(days=int(rng.integers(0, 60)))
        found.append(
            _Home(
                code=f"SZJY{i + 1:03d}",
                name=f"示例小区{i + 1:02d}",
                subdistrict=places[i],
                committee=f"示例第{i + 1}居民委员会",
                households=int(rng.integers(300, 2400)),
                applied_on=first if i < _FIRST_APPLICANTS else accepted_on - timedelta(days=waited),
                accepted_on=accepted_on,
                withdrawn_on=_WITHDRAWN[1] if i == _WITHDRAWN[0] else None,
            )
        )
    return found


def _workbook(homes: list[_Home], day: date) -> bytes:
    names = {item.code: item.name_zh for item in subdistricts()}
    listed = [home for home in homes if home.applied_on <= day]
    rows: list[list[object]] = [
        [
            number,
            home.code,
            home.name,
            home.subdistrict,
            names[home.subdistrict],
            home.committee,
            home.households,
            home.applied_on,
            known(home.accepted_on, day) or "/",
            known(home.withdrawn_on, day),
        ]
        for number, home in enumerate(listed, 1)
    ]
    total = [None, "合计", f"{len(listed)} 个", None, None, None, sum(home.households for home in listed)]
    title = f"数字家园创建台账（截至{day.year}年{day.month}月{day.day}日）"
    notes = ["注：验收日期填“/”的尚未验收；退出的保留在册。"]
    return workbook([Sheet("数字家园台账", title, _HEADER, rows, unit="单位：户", total=total, notes=notes)])
