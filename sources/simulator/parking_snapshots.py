"""The construction commission: free spaces as the parking platform holds them, one Parquet file a day.

Belongs here: snapshots and their losses. Does not belong here: car parks (`parking.py`), the platform's HTTP interface
(`api.py`).
"""

from __future__ import annotations

from datetime import date, time, timedelta

import numpy as np
import pyarrow as pa

from sources.simulator.delivery_files import Outbox, parquet_bytes
from sources.simulator.district import epoch_ms, local, ramp, working_day
from sources.simulator.parking import INTERVAL_MINUTES, INTERVALS, Lot
from sources.simulator.randomness import Chance
from sources.simulator.span import Span

# The platform keeps uploads from this day; a quarter of them bounds the demonstration's volume.
PLATFORM_OPENED = date(2023, 4, 1)

# Share of expected intervals with an upload in time: it rose to the reported 82 % in June 2023.
_UPLOAD_RATE = [
    (date(2023, 4, 1), 0.785),
    (date(2023, 5, 31), 0.812),
    (date(2023, 6, 1), 0.82),
    (date(2023, 6, 30), 0.82),
    (date(2025, 12, 31), 0.93),
]
_LATE_SHARE = 0.30  # of the small losses: uploads that came, but more than ten minutes late
_DUPLICATE_SHARE = 0.004
_INVALID_SHARE = 0.0015


def deliver_snapshots(lots: list[Lot], chance: Chance, span: Span, outbox: Outbox) -> None:
    """What the platform holds of each day: one Parquet file a day, served by `api.py`."""
    for day in span.days(PLATFORM_OPENED):
        outbox.deliver(
            f"platform/snapshots/{day.isoformat()}.parquet",
            local(day + timedelta(days=1), time(0, 30)),
            _snapshot_file,
            lots,
            chance.of("snapshots", day),
            day,
            span.scale,
        )


def _snapshot_file(lots: list[Lot], rng: np.random.Generator, day: date, scale: float) -> bytes:
    return parquet_bytes(snapshot_day(lots, rng, day, scale))


def snapshot_day(lots: list[Lot], rng: np.random.Generator, day: date, scale: float = 1.0) -> pa.Table:
    """Uploads of one day: parkId, uploadTime, totalSpace, remainSpace, receiveTime (times in epoch milliseconds).

    Losses are drawn so that uploads in time / intervals expected is the rate of the day, whatever the seed: the
    share lost by each lot follows a fixed distribution, and only who loses how much is random.
    """
    active = [lot for lot in lots if lot.networked(day)]
    if scale < 1:
        active = active[: max(10, round(len(active) * scale))]
    count = len(active)
    open_mask = np.array([lot.open_intervals() for lot in active])
    in_time, late = _uptime(open_mask, np.array([lot.reliability for lot in active]), ramp(day, _UPLOAD_RATE), rng)
    sent = in_time | late
    # Upload moments: every lot has its own phase within the interval and some seconds of jitter.
    phase = rng.integers(0, (INTERVAL_MINUTES - 1) * 60_000, count)[:, None]
    starts = np.arange(INTERVALS)[None, :] * INTERVAL_MINUTES * 60_000
    times = epoch_ms(day) + starts + phase + rng.integers(0, 40_000, (count, INTERVALS))
    delay = np.where(
        late, rng.integers(11 * 60_000, 180 * 60_000, times.shape), rng.integers(800, 240_000, times.shape)
    )
    spaces = np.array([lot.spaces for lot in active])[:, None]
    free = _free_spaces(active, spaces, day, rng)
    # Unusable uploads stand where nothing usable came: a sensor fault, counted as received and rejected.
    invalid = ~sent & open_mask & (rng.random(sent.shape) < _INVALID_SHARE / 0.17)
    free = np.where(invalid, np.where(rng.random(sent.shape) < 0.5, -1, spaces + 1 + spaces // 3), free)
    rows, columns = np.nonzero(sent | invalid)
    picked = rng.random(len(rows)) < _DUPLICATE_SHARE  # the platform pushes some uploads twice, unchanged
    rows, columns = np.concatenate([rows, rows[picked]]), np.concatenate([columns, columns[picked]])
    order = np.lexsort((rows, times[rows, columns]))
    rows, columns = rows[order], columns[order]
    codes = pa.array([lot.code for lot in active])
    return pa.table(
        {
            "parkId": pa.DictionaryArray.from_arrays(pa.array(rows.astype(np.int32)), codes).cast(pa.string()),
            "uploadTime": times[rows, columns],
            "totalSpace": np.broadcast_to(spaces, times.shape)[rows, columns],
            "remainSpace": free[rows, columns],
            "receiveTime": (times + delay)[rows, columns],
        }
    )


def _uptime(
    open_mask: np.ndarray, reliability: np.ndarray, rate: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Which intervals got an upload in time, and which one that was late: two boolean lot x interval arrays."""
    count, width = open_mask.shape
    standing = reliability + rng.normal(0, 0.35, count)
    rank = np.empty(count)
    rank[np.argsort(-standing)] = (np.arange(count) + 0.5) / count
    # Seven lots in ten lose some percent at random, two in ten a part of the day, one in ten most of it.
    small = np.where(rank < 0.7, 0.02 + 0.03 * rank / 0.7, 0.02)
    block = np.where(rank < 0.7, 0.0, np.where(rank < 0.9, 0.15 + 2.0 * (rank - 0.7), 0.6 + 4.0 * (rank - 0.9)))
    weight = open_mask.sum(1) / open_mask.sum()
    factor = (1 - rate - (weight * small).sum()) / (weight * block).sum()
    block = np.clip(block * factor, 0, 1 - small)
    hours = open_mask.sum(1)
    lost = np.zeros((count, width), bool)
    late = np.zeros((count, width), bool)
    for i in range(count):
        intervals = np.flatnonzero(open_mask[i])
        length = round(block[i] * hours[i])
        if length:
            start = int(rng.integers(0, hours[i] - length + 1))
            lost[i, intervals[start : start + length]] = True
        left = np.flatnonzero(open_mask[i] & ~lost[i])
        scattered = rng.choice(left, min(len(left), _rounded(small[i] * hours[i], rng)), replace=False)
        is_late = rng.random(len(scattered)) < _LATE_SHARE
        late[i, scattered[is_late]] = True
        lost[i, scattered] = True
    return ~lost, late


def _rounded(value: float, rng: np.random.Generator) -> int:
    """`value` up or down at random, so that the mean is kept."""
    return int(value + rng.random())


def _free_spaces(active: list[Lot], spaces: np.ndarray, day: date, rng: np.random.Generator) -> np.ndarray:
    """Free spaces by lot and interval: offices fill by day, housing by night, roadside in the evening."""
    hour = np.arange(INTERVALS) * INTERVAL_MINUTES / 60
    by_day = np.exp(-(((hour - 13.5) / 4.5) ** 2))
    by_night = 1 - np.exp(-(((hour - 13.0) / 6.0) ** 2))
    busy = 1.0 if working_day(day) else 0.72
    shape = np.array(
        [by_night if lot.kind.startswith("建筑物") and i % 3 == 0 else by_day for i, lot in enumerate(active)]
    )
    level = rng.uniform(0.55, 0.95, (len(active), 1)) * busy
    occupied = np.clip(0.15 + level * shape * 0.8 + rng.normal(0, 0.02, shape.shape), 0.02, 1.0)
    free: np.ndarray = spaces - np.minimum(np.round(spaces * occupied), spaces).astype(int)
    return free
