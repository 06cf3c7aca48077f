"""Education units and apps of the simulated district: the small, dated populations of the education base.

Belongs here: schools, kindergartens, affiliated units, apps. Does not belong here: accounts (`education_accounts.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from sources.simulator.district import allocate, credit_code, stock_dates
from sources.simulator.randomness import Chance

# (type as the base spells it, how many, relative number of students, staff per student).
_TYPES = [
    ("kindergarten", 40, 1.0, 0.16),
    ("primary", 26, 6.0, 0.075),
    ("juniorHigh", 15, 5.5, 0.085),
    ("completeSecondary", 6, 9.0, 0.09),
    ("seniorHigh", 4, 8.0, 0.095),
    ("nineYear", 8, 9.5, 0.08),
    ("vocational", 1, 9.0, 0.10),
    ("special", 2, 0.8, 0.30),
    ("affiliated", 8, 0.0, 0.0),
]
# Units connected to the base, cumulative, one closed since included: 106 in operation by the report's day.
_ONBOARDED = [
    (date(2021, 3, 31), 12),
    (date(2021, 9, 30), 34),
    (date(2021, 12, 31), 48),
    (date(2022, 6, 30), 67),
    (date(2022, 12, 31), 91),
    (date(2023, 3, 31), 99),
    (date(2023, 6, 16), 107),
    (date(2023, 6, 30), 107),
    (date(2023, 9, 8), 110),
]
# Units that are still in preparation on the report's day (onboarded in September) and the one that closed.
_CLOSED_UNIT = 3
_BENCHMARK = [
    (date(2021, 12, 20), 2),
    (date(2022, 6, 20), 3),
    (date(2022, 12, 20), 5),
    (date(2023, 5, 31), 6),
    (date(2023, 6, 30), 6),
    (date(2024, 12, 20), 9),
    (date(2025, 12, 20), 12),
]

# Apps online, cumulative with the ones that went offline again (two native, five third-party by the report's day).
_NATIVE = [
    (date(2021, 3, 1), 6),
    (date(2021, 12, 31), 12),
    (date(2022, 12, 31), 19),
    (date(2023, 6, 20), 23),
    (date(2023, 6, 30), 23),
    (date(2024, 12, 31), 28),
    (date(2025, 12, 31), 31),
]
_THIRD_PARTY = [
    (date(2021, 3, 1), 14),
    (date(2021, 12, 31), 38),
    (date(2022, 12, 31), 69),
    (date(2023, 6, 20), 85),
    (date(2023, 6, 30), 85),
    (date(2024, 12, 31), 104),
    (date(2025, 12, 31), 118),
]
# Low-code apps built by schools: 300 in use in June 2023, 38 abandoned by then.
_LOW_CODE = [
    (date(2021, 9, 1), 9),
    (date(2021, 12, 31), 46),
    (date(2022, 6, 30), 118),
    (date(2022, 12, 31), 226),
    (date(2023, 6, 9), 338),
    (date(2023, 6, 30), 338),
    (date(2024, 12, 31), 470),
    (date(2025, 12, 31), 560),
]
_ABANDONED_EVERY, _ABANDONED = 8, 38
_CATEGORIES = ["教学管理", "学习空间", "资源平台", "评价测评", "家校沟通", "校园服务", "教师发展"]


@dataclass(frozen=True)
class Unit:
    """A school, kindergarten or affiliated unit."""

    code: str
    name: str
    kind: str
    uscc: str
    subdistrict: str
    size: float
    staffing: float
    onboarded_on: date
    benchmark_on: date | None
    closed_on: date | None

    def changes(self) -> list[date]:
        """Days on which its roster entry changes."""
        return [day for day in (self.onboarded_on, self.benchmark_on, self.closed_on) if day]


@dataclass(frozen=True)
class App:
    """An app of the base. `unit` is the position of the unit that built a low-code app; `used`: anybody uses it."""

    code: str
    name: str
    kind: str
    category: str
    vendor: str | None
    online_on: date
    offline_on: date | None
    popularity: float
    unit: int | None
    used: bool

    def online(self, day: date) -> bool:
        """Whether the app is in service on `day`."""
        return self.online_on <= day and (self.offline_on is None or self.offline_on > day)


def units(chance: Chance) -> list[Unit]:
    """All education units in the order of their codes, from the seed alone."""
    rng = chance.of("education units")
    kinds = [(kind, size, staffing) for kind, count, size, staffing in _TYPES for _ in range(count)]
    count = len(kinds)
    places = allocate(count, rng)
    order = rng.permutation(count)
    dates = dict(zip(order.tolist(), stock_dates(_ONBOARDED, rng), strict=True))
    onboarded = [dates[i] for i in range(count)]
    # Titles went to schools that had been on the base for long.
    schools = [i for i, (kind, _, _) in enumerate(kinds) if kind in ("primary", "juniorHigh", "nineYear", "seniorHigh")]
    schools.sort(key=lambda i: onboarded[i])
    titles = dict(zip(schools, stock_dates(_BENCHMARK, rng), strict=False))
    closed = sorted((i for i, (kind, _, _) in enumerate(kinds) if kind == "kindergarten"), key=lambda i: onboarded[i])
    found = []
    for i, (kind, size, staffing) in enumerate(kinds):
        day = onboarded[i]
        found.append(
            Unit(
                code=f"31310{50000 + i:05d}",
                name=f"长宁示例{_NAMES[kind]}{i + 1:03d}",
                kind=kind,
                uscc=credit_code(5000 + i, kind="12"),
                subdistrict=places[i],
                size=size * float(rng.uniform(0.75, 1.3)),
                staffing=staffing,
                onboarded_on=day,
                benchmark_on=max(titles[i], day) if i in titles else None,
                closed_on=date(2022, 8, 31) if i == closed[_CLOSED_UNIT] else None,
            )
        )
    return found


_NAMES = {
    "kindergarten": "幼儿园",
    "primary": "小学",
    "juniorHigh": "初级中学",
    "completeSecondary": "完全中学",
    "seniorHigh": "高级中学",
    "nineYear": "九年一贯制学校",
    "vocational": "职业学校",
    "special": "特殊教育学校",
    "affiliated": "教育中心",
}


def apps(chance: Chance, builders: Sequence[int]) -> list[App]:
    """All apps of the plan's years: native, third-party, then low-code built by units at the positions `builders`."""
    rng = chance.of("education apps")
    found: list[App] = []
    offline = {
        "N": {2: date(2022, 9, 1), 5: date(2023, 2, 15)},
        "T": {
            1: date(2021, 12, 15),
            7: date(2022, 7, 1),
            12: date(2022, 9, 1),
            20: date(2023, 3, 1),
            33: date(2023, 6, 1),
        },
    }
    for letter, kind, milestones in (("N", "原生应用", _NATIVE), ("T", "三方应用", _THIRD_PARTY)):
        for i, day in enumerate(stock_dates(milestones, rng)):
            category = _CATEGORIES[i % len(_CATEGORIES)]
            found.append(
                App(
                    f"APP-{letter}{i + 1:03d}",
                    f"{category}{kind[:2]}{i + 1:03d}",
                    kind,
                    category,
                    credit_code(7000 + i) if letter == "T" else None,
                    day,
                    offline[letter].get(i),
                    float(rng.gamma(0.6)) + 0.02,
                    None,
                    True,
                )
            )
    abandoned = 0
    for i, day in enumerate(stock_dates(_LOW_CODE, rng)):
        used = not (i % _ABANDONED_EVERY == 3 and abandoned < _ABANDONED)
        abandoned += not used
        category = str(rng.choice(["校园服务", "教学管理", "家校沟通"]))
        found.append(
            App(
                f"APP-L{i + 1:03d}",
                f"低代码{category}{i + 1:03d}",
                "低代码应用",
                category,
                None,
                day,
                None,
                0.0,
                int(rng.choice(builders)),
                used,
            )
        )
    return found


def divide(total: int, weights: np.ndarray) -> np.ndarray:
    """`total` divided by `weights` into whole numbers (largest remainders)."""
    exact = weights / weights.sum() * total
    shares: np.ndarray = np.floor(exact).astype(int)
    shares[np.argsort(shares - exact, kind="stable")[: total - shares.sum()]] += 1
    return shares
