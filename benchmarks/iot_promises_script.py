"""What the promises cost by themselves: one hand-written script for the same heartbeats that keeps them.

It is the floor script (`iot_floor_script.py`) with what makes a figure traceable and a bad delivery harmless: bytes
landed under their SHA-256, a reason for every refused cell, repeated heartbeats found, every other one written with its
row, the feed's checks, a day's last heartbeat of a device with its batch and row. What it leaves out is the platform:
contracts, corrections, forgiving readings, Soda, dbt, Dagster, lineage, indicators, a published snapshot.
Usage: python -m benchmarks.iot_promises_script FOLDER OUT
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path

import duckdb

from benchmarks.iot_floor_script import ONLINE
from benchmarks.step_seconds import StepSeconds

_PARQUET = "format parquet, compression zstd, compression_level 1, parquet_version v2"
JUDGE = """
create table judged as
select
  *,
  list_filter([
    case when coalesce(device_id, '') = '' then 'device_id: missing' end,
    case when heartbeat_at is null then 'heartbeat_at: missing' end,
    case when heartbeat_at > timestamp '2023-07-02' then 'heartbeat_at: in the future' end
  ], lambda reason: reason is not null) as reasons
from (
  select file_row_number as row, trim(device_id) as device_id, heartbeat_at, trim(gateway_id) as gateway_id
  from read_parquet(?, file_row_number = true)
)
"""
# Hashes are grouped, not keys: an eighth of the memory; of the rows that share one the first of each key stays.
REPEATED = """
create table repeated as
with twin as (
  select rowid as rid, device_id, heartbeat_at from judged
  where hash(device_id, heartbeat_at) in (
    select hash(device_id, heartbeat_at) from judged group by 1 having count(*) > 1
  )
)
select unnest(list(rid order by rid)[2:]) as rid from twin group by device_id, heartbeat_at having count(*) > 1
"""
ADMIT = f"""
copy (
  select device_id, heartbeat_at, gateway_id, row, '{{batch}}' as batch_id
  from judged where len(reasons) = 0 and rowid not in (from repeated)
) to '{{target}}' ({_PARQUET})
"""
REJECT = f"""
copy (
  select row, reasons, device_id from judged where len(reasons) > 0
  union all
  select row, ['repeated'], device_id from judged where rowid in (from repeated)
) to '{{target}}' ({_PARQUET})
"""
# The four checks that the contract of the benchmark's feed declares.
CHECK = """
select
  count(*), count(*) filter (not regexp_matches(device_id, '^CNIOT[0-9]{7}$')),
  count(*) filter (heartbeat_at > timestamp '2023-07-01' + interval 5 minute),
  100.0 * (count(distinct (device_id, gateway_id)) - count(distinct device_id)) / greatest(count(*), 1)
from '{file}'
"""
HEARD = """
create table heard as
select
  device_id, gateway_id, max(heartbeat_at) as heartbeat_at, max_by(batch_id, heartbeat_at) as batch_id,
  max_by(row, heartbeat_at) as row
from read_parquet('{files}')
group by device_id, gateway_id
"""


def main() -> None:
    """Takes all files in and says who was heard of; prints seconds by step as JSON."""
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    for part in ("landing", "raw", "rejects"):
        (out / part).mkdir(parents=True)
    clock = StepSeconds()
    checked = []
    for file in sorted(folder.glob("iot_heartbeat_*.parquet")):
        with file.open("rb") as delivered:
            digest = hashlib.file_digest(delivered, "sha256").hexdigest()
        landed = out / "landing" / digest
        shutil.copyfile(file, landed)
        clock.after("landing and hashing")
        con = duckdb.connect(config={"memory_limit": "4GB", "temp_directory": str(out / "spill")})
        con.execute(JUDGE, [str(landed)])
        clock.after("reading and judging")
        con.execute(REPEATED)
        clock.after("duplicates")
        admitted = out / "raw" / f"{digest}.parquet"
        con.execute(ADMIT.format(batch=digest[:20], target=admitted))
        clock.after("writing")
        con.execute(REJECT.format(target=out / "rejects" / f"{digest}.parquet"))
        con.execute("drop table judged")
        clock.after("rejects")
        checked.append(con.execute(CHECK.replace("{file}", str(admitted))).fetchall()[0])
        con.close()
        clock.after("checks")
    con = duckdb.connect(str(out / "floor.duckdb"), config={"memory_limit": "4GB"})
    con.execute(HEARD.format(files=out / "raw" / "*.parquet"))
    clock.after("last heartbeats")
    con.execute(ONLINE.format(folder=folder))
    clock.after("indicator")
    (alive,) = con.execute("select sum(alive) from online").fetchall()[0]
    heartbeats = sum(row[0] for row in checked)
    print(json.dumps({"alive": int(alive), "heartbeats": heartbeats, "seconds": clock.rounded()}))


if __name__ == "__main__":
    main()
