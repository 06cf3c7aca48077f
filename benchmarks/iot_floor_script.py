"""The floor: one hand-written DuckDB script that reads a day's heartbeats, counts each once and says who was heard of.

It does what a careful engineer would write for these files alone: a repeated heartbeat changes nothing about who was
heard of, so that one aggregate by device and gateway does for reading, deduplicating and the indicator.
Usage: python -m benchmarks.iot_floor_script FOLDER OUT.duckdb
"""

from __future__ import annotations

import sys

import duckdb

ONLINE = """
create table online as
select
  subdistrict_code, count(*) as in_service, count(*) filter (device_id in (select device_id from heard)) as alive
from read_parquet('{folder}/iot_device_*.parquet')
group by all
"""


def main() -> None:
    """Builds the last heartbeat of each device and the shares by subdistrict; prints devices heard of."""
    folder, out = sys.argv[1:3]
    con = duckdb.connect(out)
    con.execute("set memory_limit = '4GB'")
    con.execute(
        "create table heard as select device_id, gateway_id, max(heartbeat_at) as heartbeat_at, count(*) as heartbeats "
        f"from read_parquet('{folder}/iot_heartbeat_*.parquet') where heartbeat_at is not null group by all"
    )
    con.execute(ONLINE.format(folder=folder))
    print(con.execute("select sum(alive) from online").fetchall()[0][0])


if __name__ == "__main__":
    main()
