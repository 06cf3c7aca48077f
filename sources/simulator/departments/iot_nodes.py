"""The city operation centre's sensing platform: register, monthly counts, and the gateways' reports over MQTT.

Belongs here: the three interfaces and when each delivers. Does not belong here: the devices (`sensing.py`), the broker
(`message_broker.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sources.simulator.delivery_files import Outbox, csv_bytes, parquet_bytes
from sources.simulator.district import ZONE, local, subdistricts
from sources.simulator.message_broker import serve_messages
from sources.simulator.randomness import Chance
from sources.simulator.sensing import GATEWAY_DEVICES, OWNERS, TYPES, Devices, devices
from sources.simulator.span import Span, next_month

# The platform counts since the plan began, and handed over its past years when the interface opened.
_COUNTED_SINCE = date(2021, 1, 1)
_COUNTS_OPENED = date(2023, 1, 1)
_HISTORY_HANDED_OVER = date(2023, 1, 16)
# Register and reports came with the connection of the broker; both are made on the last day of a half-year or month.
_CONNECTED = date(2023, 6, 1)
_REPORTS = "gateways"
_TOPIC = "changning/iot/{gateway}/heartbeat"


def deliver(chance: Chance, span: Span, outbox: Outbox) -> None:
    """Monthly counts, the half-yearly register, the gateways' reports of each month's last day."""
    population = devices(chance, span)
    _deliver_counts(population, span, outbox)
    month_ends = [day for day in span.days(_CONNECTED) if (day + timedelta(days=1)).day == 1]
    for day in month_ends:
        # The night after: reports close at midnight, the export runs at two.
        if day.month in (6, 12):
            outbox.deliver(
                f"register/iot_device_{day:%Y%m%d}_1.parquet",
                local(day + timedelta(days=1), time(2, 0)),
                _register, population, day,
            )  # fmt: skip
        outbox.deliver(
            f"{_REPORTS}/{day:%Y%m%d}.parquet",
            local(day + timedelta(days=1), time(0, 5)),
            _reports, population, chance, day,
        )  # fmt: skip


@contextmanager
def serve(folder: Path) -> Iterator[dict[str, str]]:
    """The broker with the last report of every gateway."""
    reports: dict[str, bytes] = {}
    for path in sorted((folder / _REPORTS).glob("*.parquet")):
        table = pq.read_table(path)
        reports |= dict(zip(table["topic"].to_pylist(), table["payload"].to_pylist(), strict=True))
    with serve_messages(reports) as url:
        yield {"DISTRICT_IOT_BROKER": url}


def _deliver_counts(population: Devices, span: Span, outbox: Outbox) -> None:
    """A file a year of what was before the interface opened, then one a month."""
    handed_over = local(_HISTORY_HANDED_OVER, time(10, 0))
    if local(span.start, time()) <= handed_over <= span.cut_off:
        for year in range(_COUNTED_SINCE.year, _COUNTS_OPENED.year):
            months = [date(year, month, 1) for month in range(1, 13)]
            outbox.deliver(f"counts/iot_month_{year}_1.csv", handed_over, _counts, population, months)
    for month, delivered_at in span.months(_COUNTS_OPENED, 1, time(6, 0)):
        outbox.deliver(f"counts/iot_month_{month:%Y%m}_1.csv", delivered_at, _counts, population, [month])


def _counts(population: Devices, months: list[date]) -> bytes:
    codes = [item.code for item in subdistricts()]
    rows = []
    for month in months:
        day = next_month(month) - timedelta(days=1)
        there = np.bincount(population.subdistrict[population.in_service(day)], minlength=len(codes))
        alive = np.bincount(population.subdistrict[population.heard_of(day)], minlength=len(codes))
        rows += [
            {"统计月份": f"{month:%Y-%m-%d}", "街镇代码": code, "在用设备数": int(total), "在线设备数": int(online)}
            for code, total, online in zip(codes, there, alive, strict=True)
        ]
    return csv_bytes(pa.Table.from_pylist(rows))


def _names(numbers: np.ndarray, prefix: str, digits: int) -> pa.Array:
    return pa.array(np.char.add(prefix, np.char.zfill((numbers + 1).astype(f"U{digits}"), digits)))


def _labels(indices: np.ndarray, words: tuple[str, ...]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), pa.array(words)).cast(pa.string())


def _days(ordinals: np.ndarray, until: date) -> pa.Array:
    """Dates; what lies after `until` is not known yet."""
    since_epoch = ordinals - date(1970, 1, 1).toordinal()
    return pa.array(since_epoch.astype("datetime64[D]"), mask=ordinals > until.toordinal())


def _register(population: Devices, day: date) -> bytes:
    known = np.flatnonzero(population.installed <= day.toordinal())
    return parquet_bytes(
        pa.table(
            {
                "device_id": _names(known, "CNIOT", 7),
                "device_type": _labels(population.kind[known], TYPES),
                "owner": _labels(population.owner[known], OWNERS),
                "gateway_id": _names(known // GATEWAY_DEVICES, "GW", 4),
                "subdistrict_code": _labels(population.subdistrict[known], tuple(item.code for item in subdistricts())),
                "installed_on": _days(population.installed[known], day),
                "removed_on": _days(population.removed[known], day),
            }
        )
    )


def _reports(population: Devices, chance: Chance, day: date) -> bytes:
    """What every gateway publishes on `day`: the last heartbeat of each of its devices, as one compact block."""
    heard = population.heard_of(day)
    rng = chance.of("sensing heartbeats", day)
    midnight = int(datetime.combine(day, time(), ZONE).timestamp())
    # Devices report at least every six hours, so the day's last heartbeat lies in its last quarter.
    seconds = midnight + rng.integers(18 * 3600, 24 * 3600, len(heard))
    gateways = heard // GATEWAY_DEVICES
    names = _names(heard, "CNIOT", 7)
    times = pa.array(seconds.astype("datetime64[s]"), pa.timestamp("s", "UTC"))
    topics, payloads = [], []
    starts = np.flatnonzero(np.diff(gateways, prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(heard)], strict=True):
        gateway = f"GW{gateways[start] + 1:04d}"
        block = {
            "device_id": names.slice(start, end - start),
            "heartbeat_at": times.slice(start, end - start),
            "gateway_id": pa.repeat(gateway, end - start),
        }
        topics.append(_TOPIC.format(gateway=gateway))
        payloads.append(parquet_bytes(pa.table(block)))
    return parquet_bytes(pa.table({"topic": topics, "payload": pa.array(payloads, pa.binary())}))
