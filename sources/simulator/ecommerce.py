"""The commerce commission's market: e-commerce platforms of the district and their GMV by month, and the city's.

Belongs here: the population. Does not belong here: workbooks (`ecommerce_returns.py`), orders (`ecommerce_orders.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from sources.simulator.district import allocate, credit_code
from sources.simulator.randomness import Chance

FIRST_YEAR, _LAST_YEAR = 2020, 2025  # 2020 gives last year's column of the first returns
_PLATFORMS = 62
# 23 platforms reached 100 million yuan in 2022; amounts of that year in 万元, largest first. The largest are travel and
# retail platforms of national reach that are registered here; the last one lies exactly on the boundary.
_LARGE_2022 = [
    33_800_000,
    19_600_000,
    11_450_000,
    6_820_000,
    4_390_000,
    2_710_000,
    1_640_000,
    980_000,
    655_000,
    412_000,
    268_000,
    171_000,
    112_000,
    76_500,
    58_200,
    43_900,
    33_100,
    26_400,
    20_300,
    16_800,
    13_900,
    12_150,
    10_000,
]
BOUNDARY = len(_LARGE_2022) - 1
# The largest that stays below the boundary.
_JUST_BELOW = 9_980
_GROWTH = {2020: 0.80, 2021: 0.93, 2022: 1.0, 2023: 1.09, 2024: 1.17, 2025: 1.25}
# Shares of the months of a year; shopping festivals in June and November, spring festival in February.
_SEASON = np.array([0.075, 0.062, 0.078, 0.076, 0.082, 0.098, 0.079, 0.080, 0.084, 0.086, 0.107, 0.093])
# The district's share of the city's GMV, by year: a quarter in 2022.
_CITY_SHARE = {2020: 0.236, 2021: 0.243, 2022: 0.25, 2023: 0.254, 2024: 0.258, 2025: 0.262}

# The three platforms that also give orders, by position: two above the boundary and one below.
ORDER_PLATFORMS = (21, 20, 27)


@dataclass(frozen=True)
class Platform:
    """A platform registered in the district. `goods`, `to_units`, ... are shares of its GMV."""

    position: int
    code: str
    name: str
    operator: str
    kind: str
    third_party: bool
    service_kind: str | None
    subdistrict: str
    scope_from: date
    scope_to: date | None
    goods: float
    to_units: float
    self_operated: float
    cross_border: float
    diligence: float

    def in_scope(self, month: date) -> bool:
        """Whether the platform has to file for the month that begins on `month`."""
        return self.scope_from <= month and (self.scope_to is None or self.scope_to >= month)


@dataclass(frozen=True)
class Market:
    """Platforms, their GMV in 万元 (platform x year x month, two decimals) and the city's in 亿元 (year x month)."""

    platforms: list[Platform]
    gmv: np.ndarray
    city: np.ndarray

    def month(self, position: int, month: date) -> float:
        """GMV of the calendar month, 万元."""
        return float(self.gmv[position, month.year - FIRST_YEAR, month.month - 1])

    def to_date(self, position: int, month: date) -> float:
        """GMV of the year up to and including the month, 万元."""
        return round(float(self.gmv[position, month.year - FIRST_YEAR, : month.month].sum()), 2)


def market(chance: Chance) -> Market:
    """All platforms and their GMV from 2020 to 2025, from the seed alone."""
    rng = chance.of("platforms")
    kinds = ["B2C", "B2B", "O2O", "C2C", "跨境"]
    places = allocate(_PLATFORMS, rng)
    drawn = np.clip(rng.lognormal(7.4, 1.0, _PLATFORMS - len(_LARGE_2022) - 1), 60, 9_000)
    small = np.sort(np.append(drawn, _JUST_BELOW))[::-1]
    year_2022 = np.concatenate([np.array(_LARGE_2022, float), np.round(small, 2)])
    platforms = []
    for i in range(_PLATFORMS):
        # Only small platforms enter or leave the survey during the plan: the large ones were there before.
        entered = date(2020, 1, 1)
        left = None
        if i >= 30 and i % 6 == 0:
            entered = date(2022, 1, 1) if i % 12 == 0 else date(2023, 1, 1)
        elif i >= 30 and i % 10 == 1:
            left = date(2022, 12, 31)
        kind = "O2O" if i in (0, 2) else kinds[int(rng.choice(5, p=[0.45, 0.18, 0.2, 0.07, 0.10]))]
        services = kind == "O2O"
        platforms.append(
            Platform(
                i,
                f"CNEC{i + 1:04d}",
                f"示例电商平台{i + 1:02d}",
                credit_code(3000 + i),
                kind,
                bool(i < 5 or rng.random() < 0.6),
                str(rng.choice(["在线旅游", "餐饮外卖", "文化娱乐", "生活服务"])) if services else None,
                places[i],
                entered,
                left,
                goods=0.1 if services else float(rng.uniform(0.75, 1.0)),
                to_units=0.8 if kind == "B2B" else float(rng.uniform(0, 0.2)),
                self_operated=float(rng.uniform(0, 0.5)),
                cross_border=0.9 if kind == "跨境" else 0.03,
                diligence=float(rng.random()),
            )
        )
    gmv = _monthly(year_2022, rng)
    return Market(platforms, gmv, _city(platforms, gmv, rng))


def _monthly(year_2022: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """GMV by platform, year and month in 万元 with two decimals; the months of 2022 add up to `year_2022`."""
    count, years = len(year_2022), _LAST_YEAR - FIRST_YEAR + 1
    shares = _SEASON * rng.normal(1, 0.05, (count, years, 12)).clip(0.8, 1.2)
    shares /= shares.sum(2, keepdims=True)
    trend = np.array([_GROWTH[FIRST_YEAR + year] for year in range(years)])
    growth = trend[None, :] * rng.normal(1, 0.03, (count, years)).clip(0.92, 1.08)
    growth[:, 2022 - FIRST_YEAR] = 1.0
    months: np.ndarray = np.round(year_2022[:, None, None] * growth[:, :, None] * shares, 2)
    months[:, 2022 - FIRST_YEAR, 11] += np.round(year_2022 - months[:, 2022 - FIRST_YEAR].sum(1), 2)
    rounded: np.ndarray = np.round(months, 2)
    return rounded


def _city(platforms: list[Platform], gmv: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The city's GMV by year and month in 亿元, so that the district's share of each year is as set."""
    city = np.zeros(gmv.shape[1:])
    for year in range(gmv.shape[1]):
        district = np.array(
            [
                sum(
                    gmv[platform.position, year, month]
                    for platform in platforms
                    if platform.in_scope(date(FIRST_YEAR + year, month + 1, 1))
                )
                for month in range(12)
            ]
        )
        parts = district * rng.normal(1, 0.015, 12)
        city[year] = parts / parts.sum() * district.sum() / _CITY_SHARE[FIRST_YEAR + year] / 10_000
    rounded: np.ndarray = np.round(city, 2)
    return rounded
