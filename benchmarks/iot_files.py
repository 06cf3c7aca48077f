"""Heartbeats of one day as hourly Parquet files, and the register of the devices.

Belongs here: making the files. Does not belong here: reading them.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

DAY = date(2023, 6, 30)
DEVICES = 600_000
BEATS_AN_HOUR = 12  # every five minutes
# A device in sixty-four misses a beat; one beat in two hundred comes twice.
_MISSED, _REPEATED = 64, 200
_SUBDISTRICTS = (
    "['310105001', '310105002', '310105004', '310105005', '310105006', '310105008', '310105009', '310105010']"
)


def write_day(folder: Path, devices: int = DEVICES) -> int:
    """Write `iot_device_<day>.parquet` and 24 files of heartbeats of the district-local day; gives the heartbeats.

    Times are UTC; a gateway has a thousand devices; the rows of an hour come beat by beat, as gateways report.
    """
    folder.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    device = "'CNIOT' || lpad(CAST(d AS VARCHAR), 7, '0') AS device_id"
    gateway = "'GW' || lpad(CAST(d // 1000 AS VARCHAR), 4, '0') AS gateway_id"
    con.execute(
        f"COPY (SELECT {device}, '烟雾感知' AS device_type, {gateway}, "
        f"{_SUBDISTRICTS}[d % len({_SUBDISTRICTS}) + 1] AS subdistrict_code, DATE '2022-01-01' AS installed_on "
        f"FROM range({devices}) AS r(d)) TO '{folder}/iot_device_{DAY:%Y%m%d}.parquet' (FORMAT parquet)"
    )
    beats = 0
    for hour in range(24):
        first = f"TIMESTAMP '{DAY} 00:00:00' - INTERVAL 8 HOUR + INTERVAL {hour} HOUR"
        (written,) = con.execute(f"""
            COPY (
              SELECT {device}, {first} + to_seconds(b * 300 + d % 300) AS heartbeat_at, {gateway}
              FROM range({BEATS_AN_HOUR}) AS beats(b), range({devices}) AS r(d), range(2) AS again(copy)
              WHERE hash(b, d, {hour}) % {_MISSED} <> 0 AND (copy = 0 OR hash(d, b, {hour}) % {_REPEATED} = 1)
            ) TO '{folder}/iot_heartbeat_{DAY:%Y%m%d}_{hour:02d}.parquet' (FORMAT parquet, COMPRESSION zstd)
        """).fetchall()[0]
        beats += written
    return beats
