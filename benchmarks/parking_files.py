"""Parking events as day files in three formats: the same events, 1 % of them delivered twice.

Belongs here: making the files. Does not belong here: reading them.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Literal, get_args

import duckdb

Format = Literal["csv", "ndjson", "parquet"]
FORMATS: tuple[Format, ...] = get_args(Format)
# A day of the district's car parks (`domain.md`: some 60,000 events).
EVENTS_A_DAY = 60_000
_WRITTEN = {
    "csv": "FORMAT csv, HEADER",
    "ndjson": "FORMAT json",
    "parquet": "FORMAT parquet, COMPRESSION snappy",  # what most exporters write
}


def write_days(
    folder: Path, days: int, kind: Format, *, last: date = date(2023, 6, 30), events: int = EVENTS_A_DAY
) -> Path:
    """Write `days` files of `events` each that end with the day `last`; gives the folder.

    Every value is text, times are epoch ms.
    """
    folder.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    for back in range(days):
        day = last - timedelta(days=back)
        midnight = f"epoch_ms(TIMESTAMP '{day} 00:00:00' - INTERVAL 8 HOUR)"  # of Shanghai
        con.execute(f"""
            COPY (
              WITH numbered AS (
                SELECT i, CASE WHEN i % 100 = 99 THEN i - 1 ELSE i END AS n,
                  {midnight} + i * 86400000 // {events} AS ms
                FROM range({events}) AS r(i))
              SELECT 'e{day:%Y%m%d}-' || n AS eventId,
                '310105P' || lpad(CAST(n // 2 % 120 + 1 AS VARCHAR), 4, '0') AS parkId,
                's{day:%Y%m%d}-' || (n // 2) AS parkingSerial,
                CASE WHEN n % 2 = 0 THEN 'enter' ELSE 'leave' END AS eventType,
                CAST(ms AS VARCHAR) AS eventTime, CAST(ms + 2000 AS VARCHAR) AS receiveTime,
                '沪A' || lpad(CAST(hash(n // 2, {back}) % 100000 AS VARCHAR), 5, '0') AS plate,
                '蓝' AS plateColor, '小型车' AS carType, CAST(n % 4 AS VARCHAR) AS laneNo,
                CASE WHEN n % 2 = 1 THEN CAST(600 + n % 7200 AS VARCHAR) END AS parkingTime,
                CASE WHEN n % 2 = 1 THEN CAST(500 + n % 3000 AS VARCHAR) END AS totalValue,
                CASE WHEN n % 2 = 1 THEN CAST(500 + n % 3000 AS VARCHAR) END AS paidValue,
                CASE WHEN n % 2 = 1 THEN '0' END AS freeValue, CASE WHEN n % 2 = 1 THEN '扫码' END AS payChannel
              FROM numbered ORDER BY i
            ) TO '{folder}/parking_events_{day:%Y%m%d}.{kind}' ({_WRITTEN[kind]})
        """)
    return folder
