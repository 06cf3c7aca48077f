"""pandas: frames in memory, written to DuckDB. Arguments: FOLDER OUT."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import pandas as pd

AMOUNTS = {"totalValue": "amount_due", "paidValue": "amount_paid", "freeValue": "discount"}


def main() -> None:
    """Types, removes duplicates, aggregates; nothing is kept of what was delivered."""
    folder, out = sys.argv[1:3]
    event = pd.concat(pd.read_csv(file, dtype=str) for file in sorted(Path(folder).glob("*.csv")))
    for name in ("eventTime", "receiveTime"):
        event[name] = pd.to_datetime(pd.to_numeric(event[name]), unit="ms")
    event["parkingTime"] = pd.to_numeric(event["parkingTime"])
    for name, typed in AMOUNTS.items():
        event[typed] = pd.to_numeric(event.pop(name)) / 100
    event = event.sort_values("receiveTime").drop_duplicates("eventId", keep="last")
    event["day"] = (event["eventTime"] + pd.Timedelta(hours=8)).dt.date
    event["enters"] = event["eventType"] == "enter"
    lot_day = event.groupby(["parkId", "day"], as_index=False).agg(
        enters=("enters", "sum"), parked_seconds=("parkingTime", "mean"), amount_paid=("amount_paid", "sum")
    )
    with duckdb.connect(out) as connection:
        connection.register("event_frame", event)
        connection.register("lot_day_frame", lot_day)
        connection.execute("CREATE TABLE event AS SELECT * FROM event_frame")
        connection.execute("CREATE TABLE lot_day AS SELECT * FROM lot_day_frame")
        print(connection.execute("SELECT count(*) FROM event").fetchall()[0][0])


if __name__ == "__main__":
    main()
