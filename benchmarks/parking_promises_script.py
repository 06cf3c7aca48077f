"""What the promises cost by themselves: one hand-written script for the same event files that keeps them.

It is the floor script (`parking_floor_script.py`) with what makes a figure traceable and a bad delivery harmless: bytes
landed under their SHA-256, a ledger row a file, a reason for every refused cell, refused rows with their place,
repeated keys, plates under HMAC-SHA256, admitted rows in a Parquet file a delivery, the feed's checks, events and
stays that name their batch. What it leaves out is the platform: contracts, corrections, forgiving readings, Soda, dbt,
Dagster, lineage, indicators, a published snapshot.
Usage: python -m benchmarks.parking_promises_script FOLDER csv|ndjson|parquet OUT
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import shutil
import sqlite3
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import duckdb

from benchmarks.parking_floor_script import FILES, FILES_AT_ONCE, STAYS
from benchmarks.step_seconds import StepSeconds

_KEY = b"of the benchmark, longer than 16 bytes".ljust(64, b"\0")
_INNER, _OUTER = (f"from_hex('{bytes(byte ^ pad for byte in _KEY).hex()}')" for pad in (0x36, 0x5C))
_PARQUET = "format parquet, compression zstd, compression_level 1, parquet_version v2"

# Every cell is read with a reason where it cannot be, as one delivery is judged.
JUDGE = """
create table judged as
with delivered as (select * from {files})
, typed as (
  select
    *,
    make_timestamp(try_cast(eventTime as bigint) * 1000) as event_time,
    make_timestamp(try_cast(receiveTime as bigint) * 1000) as receive_time,
    try_cast(parkingTime as bigint) as parked_seconds,
    cast(try_cast(totalValue as decimal(18, 2)) / 100 as decimal(10, 2)) as amount_due,
    cast(try_cast(paidValue as decimal(18, 2)) / 100 as decimal(10, 2)) as amount_paid,
    cast(try_cast(freeValue as decimal(18, 2)) / 100 as decimal(10, 2)) as discount
  from delivered
)
, reasoned as (
  select
    *,
    list_filter([
      case when coalesce(eventId, '') = '' then 'eventId: missing' end,
      case when coalesce(parkId, '') = '' then 'parkId: missing' end,
      case when coalesce(parkingSerial, '') = '' then 'parkingSerial: missing' end,
      case when coalesce(eventType, '') = '' then 'eventType: missing' end,
      case when eventType not in ('enter', 'leave', 'void') then 'eventType: unknown code' end,
      case when event_time is null then 'eventTime: no time' end,
      case when receive_time is null then 'receiveTime: no time' end,
      case when parkingTime <> '' and parked_seconds is null then 'parkingTime: no number' end,
      case when totalValue <> '' and amount_due is null then 'totalValue: no number' end,
      case when paidValue <> '' and amount_paid is null then 'paidValue: no number' end,
      case when freeValue <> '' and discount is null then 'freeValue: no number' end,
      case when event_time > receive_time + interval 1 day then 'eventTime: after its reception' end
    ], lambda reason: reason is not null) as reasons
  from typed
)
select
  *,
  case when len(reasons) > 0 then json_object('eventId', eventId, 'parkId', parkId, 'eventTime', eventTime) end as held
from reasoned
"""
REPEATED = """
create table repeated as
select row from (
  select rowid as row, row_number() over (partition by eventId order by receive_time desc, rowid) as place
  from judged
  where hash(eventId) in (select hash(eventId) from judged group by 1 having count(*) > 1)
)
where place > 1
"""
ADMIT = f"""
copy (
  select
    eventId as event_id, parkId as lot_code, parkingSerial as session_no, eventType as event_type,
    event_time, receive_time,
    sha256({_OUTER} || unhex(sha256({_INNER} || encode(plate)))) as plate_hash, plateColor as plate_color,
    carType as vehicle_type, laneNo as lane_no, parked_seconds, amount_due, amount_paid, discount,
    payChannel as pay_channel, '{{batch}}' as batch_id, cast(rowid + 1 as bigint) as row
  from judged
  where len(reasons) = 0 and rowid not in (from repeated)
) to '{{target}}' ({_PARQUET})
"""
REJECT = f"""
copy (
  select rowid + 1 as row, reasons, held from judged where len(reasons) > 0
  union all
  select row + 1, ['eventId: repeated'], null from repeated
) to '{{target}}' ({_PARQUET})
"""
# The nine checks that the contract of the benchmark's feed declares (two count the same), then what a ledger keeps of
# measured columns.
CHECK = """
select
  count(*), date_diff('minute', max(receive_time), date_trunc('hour', min(receive_time)) + interval 1 hour),
  100.0 * (count(*) - count(distinct (lot_code, session_no, event_type, event_time))) / greatest(count(*), 1),
  count(*) filter (not regexp_matches(lot_code, '^310105P[0-9]{4}$')),
  coalesce(median(case when amount_due > 0 then amount_due end), 0),
  count(*) filter (event_time > receive_time + interval 5 minute), count(*) filter (parked_seconds < 0),
  count(*) filter (event_type = 'leave' and (parked_seconds is null or amount_due is null)),
  count(*) filter (amount_paid + coalesce(discount, 0) > amount_due + 0.01),
  sum(parked_seconds), sum(amount_due), sum(amount_paid), sum(discount)
from '{file}'
"""
EVENTS = """
select * from read_parquet(?) qualify row_number() over (partition by event_id order by receive_time desc) = 1
"""
NOT_YET = f"select * from ({EVENTS}) as found where not exists (from event where event.event_id = found.event_id)"
# The batches that a stay comes from, beside what the floor script keeps of it.
BATCHES = """
  , any_value(batch_id) filter (event_type = 'enter') as entry_batch_id
  , any_value(batch_id) filter (event_type = 'leave') as exit_batch_id
"""
LOT_DAY = """
create table lot_day as
select
  lot_code, cast(event_time + interval 8 hour as date) as day, count(*) filter (event_type = 'enter') as enters,
  avg(parked_seconds) as parked_seconds, sum(amount_paid) as amount_paid, list(distinct batch_id) as batches
from event
group by all
"""


def take_in(file: Path, kind: str, out: Path) -> tuple[tuple[str, str, str], Counter[str]]:
    """Land, judge, write and check one file; gives its row of the ledger, and seconds by step."""
    clock = StepSeconds()
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    landed = out / "landing" / digest
    shutil.copyfile(file, landed)
    clock.after("landing and hashing")
    con = duckdb.connect(config={"threads": 1})
    con.execute(JUDGE.replace("{files}", FILES[kind]), [str(landed)])
    clock.after("reading and judging")
    con.execute(REPEATED)
    clock.after("duplicates")
    admitted, rejected = out / "raw" / f"{digest}.parquet", out / "rejects" / f"{digest}.parquet"
    con.execute(ADMIT.format(batch=digest[:20], target=admitted))
    clock.after("writing and pseudonyms")
    con.execute(REJECT.format(target=rejected))
    clock.after("rejects")
    checked = con.execute(CHECK.replace("{file}", str(admitted))).fetchall()[0]
    clock.after("checks")
    return (digest, file.name, json.dumps(checked, default=str)), clock.seconds


def main() -> None:
    """Takes all files in, builds events, stays and the daily aggregate; prints seconds by step as JSON (those of a file
    add up over two processes)."""
    folder, kind, out = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    for part in ("landing", "raw", "rejects"):
        (out / part).mkdir(parents=True)
    files = sorted(folder.glob(f"*.{kind}"))
    ledger = sqlite3.connect(out / "ledger.sqlite", isolation_level=None)
    ledger.execute("pragma journal_mode = wal")
    ledger.execute("create table batch (sha256 text primary key, file_name text, checked text)")
    # Two processes, as the platform has on two cores: a small file gives one thread's work.
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        of_files = StepSeconds()
        clock = StepSeconds()
        for row, seconds in pool.map(partial(take_in, kind=kind, out=out), files, chunksize=4):
            ledger.execute("insert into batch values (?, ?, ?)", row)
            of_files.seconds.update(seconds)
    clock.after("taking in")
    con = duckdb.connect(str(out / "floor.duckdb"))
    con.execute("set memory_limit = '4GB'")
    raw = sorted(str(file) for file in (out / "raw").iterdir())
    for first in range(0, len(raw), FILES_AT_ONCE):
        con.execute(
            f"insert into event {NOT_YET}" if first else f"create table event as {EVENTS}",
            [raw[first : first + FILES_AT_ONCE]],
        )
    clock.after("events")
    con.execute(STAYS.replace("{also}", BATCHES))
    clock.after("stays")
    con.execute(LOT_DAY)
    clock.after("days")
    (events,) = con.execute("select count(*) from event").fetchall()[0]
    print(json.dumps({"events": events, "seconds": clock.rounded() | of_files.rounded()}))


if __name__ == "__main__":
    main()
