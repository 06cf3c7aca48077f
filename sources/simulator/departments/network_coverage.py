"""The science commission's 5G tests: a grid of 100 m cells over the district, driven and walked once a quarter.

Belongs here: the cells, how coverage grew, the quarter's file. Does not belong here: thresholds as the platform judges
them (`dbt_project.yml`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta

import numpy as np
import numpy.typing as npt

from sources.simulator.delivery_files import Outbox
from sources.simulator.district import allocate, local, ramp, subdistricts, working_day
from sources.simulator.randomness import Chance
from sources.simulator.span import Span

# The district has about 37 square kilometres.
_ROWS, _COLUMNS = 60, 62
# Parks, closed compounds, building sites: cells where hardly anything can be measured.
_OUT_OF_REACH = 120
_MEASURABLE = _ROWS * _COLUMNS - _OUT_OF_REACH
# Share of measurable cells with a good signal by the end of the quarter's tests, percent.
_COVERED = [
    (date(2020, 12, 20), 92.0),
    (date(2021, 12, 20), 93.2),
    (date(2022, 12, 20), 94.4),
    (date(2023, 6, 20), 95.0),
    (date(2025, 12, 20), 97.6),
]
# What the tests call a good signal; a cell exactly on both is one.
_GOOD_RSRP_DBM, _GOOD_SINR_DB = -105.0, -3.0
_FIRST_ROUND = date(2020, 12, 20)
_CLOSED_ON_DAY, _DELIVERED_AFTER = 20, timedelta(days=5)
_HEADER = ["栅格编号", "街镇代码", "经度", "纬度", "频段", "采样点数", "RSRP(dBm)", "SINR(dB)", "测试日期"]
_BANDS = ("3.5GHz", "2.1GHz", "700MHz", "2.6GHz")
# South-west corner and size of a cell, in degrees.
_WEST, _SOUTH, _WIDTH, _HEIGHT = 121.3400, 31.1800, 0.00105, 0.00090


@dataclass(frozen=True)
class _Grid:
    """Cells in the order of their columns; `rank` orders the measurable ones by how easily they are covered."""

    subdistrict: list[str]
    rank: npt.NDArray[np.int64]
    """-1 = out of reach."""
    band: npt.NDArray[np.int64]


def deliver(chance: Chance, span: Span, outbox: Outbox) -> None:
    """One file a quarter, after its tests are closed; the first one is the last before the plan."""
    grid = _grid(chance)
    rounds = []
    closed = _FIRST_ROUND
    while local(closed + _DELIVERED_AFTER, time(15, 0)) <= span.cut_off:
        rounds.append(closed)
        closed = (closed + timedelta(days=100)).replace(day=_CLOSED_ON_DAY)
    before = [day for day in rounds if day < span.start]
    for day in before[-1:] + [day for day in rounds if day >= span.start]:
        delivered_at = local(day + _DELIVERED_AFTER, time(15, 0))
        outbox.deliver(f"tests/5g_grid_{day:%Y%m%d}_1.csv", delivered_at, _round, grid, chance, day)


def _grid(chance: Chance) -> _Grid:
    rng = chance.of("network cells")
    count = _ROWS * _COLUMNS
    # Bands of neighbouring columns make up a subdistrict; the far ends of the district are covered last.
    places = sorted(allocate(count, rng))
    codes = [item.code for item in subdistricts()]
    remote = np.array([codes.index(code) for code in places]) / len(codes)
    ease = rng.random(count) + 0.25 * np.abs(remote - 0.4)
    out_of_reach = rng.choice(count, _OUT_OF_REACH, replace=False)
    ease[out_of_reach] = np.inf
    rank = np.empty(count, np.int64)
    rank[np.argsort(ease, kind="stable")] = np.arange(count)
    rank[out_of_reach] = -1
    return _Grid(places, rank, rng.choice(len(_BANDS), count, p=[0.55, 0.25, 0.12, 0.08]))


def _round(grid: _Grid, chance: Chance, closed: date) -> bytes:
    """The round's cells as the test company writes them: GB18030, a dash where nothing could be measured."""
    rng = chance.of("network test", closed)
    count = len(grid.subdistrict)
    covered = round(_MEASURABLE * ramp(closed, _COVERED) / 100)
    tested = [closed - timedelta(days=n) for n in range(21) if working_day(closed - timedelta(days=n))]
    lines = [",".join(_HEADER)]
    rsrp = np.round(rng.uniform(_GOOD_RSRP_DBM, -72.0, count), 1)
    sinr = np.round(rng.uniform(_GOOD_SINR_DB, 24.0, count), 1)
    # The last cells that count lie exactly on the thresholds.
    edge = (grid.rank >= covered - 5) & (grid.rank < covered)
    rsrp[edge], sinr[edge] = _GOOD_RSRP_DBM, _GOOD_SINR_DB
    poor = grid.rank >= covered
    noisy = poor & (rng.random(count) < 0.3)
    sinr[noisy] = np.round(rng.uniform(-9.0, _GOOD_SINR_DB - 0.1, count), 1)[noisy]
    weak = poor & ~noisy
    rsrp[weak] = np.round(rng.uniform(-121.0, _GOOD_RSRP_DBM - 0.1, count), 1)[weak]
    samples = rng.integers(12, 140, count)
    few = rng.integers(0, 5, count)
    days = rng.integers(0, len(tested), count)
    for number in range(count):
        column, row = divmod(number, _ROWS)
        reached = grid.rank[number] >= 0
        readings = (f"{rsrp[number]:.1f}", f"{sinr[number]:.1f}") if reached else ("-", "-")
        lines.append(
            ",".join(
                [
                    f"G{row + 1:03d}{column + 1:03d}",
                    grid.subdistrict[number],
                    f"{_WEST + column * _WIDTH:.6f}",
                    f"{_SOUTH + row * _HEIGHT:.6f}",
                    _BANDS[grid.band[number]],
                    str(samples[number] if reached else few[number]),
                    *readings,
                    f"{tested[days[number]]:%Y/%m/%d}",
                ]
            )
        )
    return ("\r\n".join(lines) + "\r\n").encode("gb18030")
