"""Deliveries of the example contract, and what a home holds after them, for tests of the whole walk."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import sqlalchemy as sa

from warehouse.home import Home

DELIVERED = datetime(2023, 6, 2, 1, 30, tzinfo=UTC)
HEADER = "loan_id,loan_date,费用（元）,kind,reader_hash"


def loans(*numbers: int, day: int = 1, kind: str = "图书") -> str:
    """CSV of loans with these ids on a day of June 2023."""
    return "\n".join([HEADER, *(f"L{number},2023-06-{day:02},1.50,{kind},reader{number}" for number in numbers)]) + "\n"


def deliver(folder: Path, name: str, content: str | bytes, at: datetime = DELIVERED) -> Path:
    """Put a file into a drop folder with a time of delivery."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(file, (at.timestamp(), at.timestamp()))
    return file


def raw_rows(home: Home, entity: str = "lib_loan", feed: str = "library") -> list[dict[str, Any]]:
    """All rows in `raw`, in order of batch and row."""
    files = sorted((home.raw / feed / entity).rglob("*.parquet"))
    rows = [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]
    return sorted(rows, key=lambda row: (row["_batch_id"], row["_row"]))


# What differs between two runs that are the same: when they ran.
_MOMENTS = {"landed_at", "decided_at", "evaluated_at", "registered_at", "at", "run_id", "check_result_id"}


def state(home: Home) -> dict[str, Any]:
    """Everything that counts: the ledger without moments of running, and every file with its bytes' hash or rows."""
    engine = sa.create_engine(home.ledger_url)
    tables: dict[str, Any] = {}
    with engine.connect() as connection:
        for name in sa.inspect(connection).get_table_names():
            rows = connection.execute(sa.text(f"SELECT * FROM {name}")).mappings()
            kept = [{key: value for key, value in row.items() if key not in _MOMENTS} for row in rows]
            tables[name] = sorted(kept, key=str)
    engine.dispose()
    files: dict[str, Any] = {}
    for folder in (home.landing, home.raw, home.held, home.rejects, home.failed_rows, home.workspace):
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            content = pq.ParquetFile(file).read().to_pylist() if file.suffix == ".parquet" else file.read_bytes()
            files[str(file.relative_to(home.root))] = content
    return {"ledger": tables, "files": files}
