"""dlt to DuckDB. Arguments: FOLDER OUT append|merge|filesystem.

append, merge: a resource that yields pyarrow's CSV batches. filesystem: dlt's own source, CSV through DuckDB and Arrow,
merged by key.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
import duckdb
import pyarrow as pa
import pyarrow.csv
from dlt.sources.filesystem import filesystem, read_csv_duckdb

LOT_DAY = """
CREATE TABLE lot_day AS SELECT
  park_id, CAST(make_timestamp(CAST(event_time AS BIGINT) * 1000) + INTERVAL 8 HOUR AS DATE) AS day,
  count(*) FILTER (event_type = 'enter') AS enters, avg(TRY_CAST(parking_time AS BIGINT)) AS parked_seconds,
  sum(TRY_CAST(paid_value AS BIGINT)) / 100 AS amount_paid
FROM raw.event GROUP BY ALL
"""


def batches(folder: Path) -> Iterator[pa.Table]:
    """Every file's batches, all values as pyarrow finds them."""
    for file in sorted(folder.glob("*.csv")):
        with pyarrow.csv.open_csv(file) as reader:
            for batch in reader:
                yield pa.Table.from_batches([batch])


def main() -> None:
    """Load, then the same aggregate."""
    folder, out, way = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    with tempfile.TemporaryDirectory(dir=out.parent) as state:
        pipeline = dlt.pipeline(
            "parking", destination=dlt.destinations.duckdb(str(out)), dataset_name="raw", pipelines_dir=state
        )
        keyed: dict[str, Any] = {"write_disposition": "merge", "primary_key": "eventId"}
        if way == "filesystem":
            files = filesystem(bucket_url=folder.as_uri(), file_glob="*.csv")
            source = (files | read_csv_duckdb(chunk_size=100_000, use_pyarrow=True)).with_name("event")
            source.apply_hints(**keyed)
        else:
            chosen = keyed if way == "merge" else {"write_disposition": "append"}
            source = dlt.resource(batches(folder), name="event", **chosen)
        pipeline.run(source, loader_file_format="parquet").raise_on_failed_jobs()
    with duckdb.connect(str(out)) as connection:
        connection.execute(LOT_DAY)
        print(connection.execute("SELECT count(*) FROM raw.event").fetchall()[0][0])


if __name__ == "__main__":
    main()
