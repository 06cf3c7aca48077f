"""What publishing the marts as they are would change: rows taken in, models, figures.

Belongs here: the difference at its three levels, without any effect. Does not belong here: publishing itself
(`publishing.py`), whose steps up to the finished file are the very same, so that the preview equals the effect.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import duckdb

from warehouse.checks.published import TableChecks
from warehouse.district import district
from warehouse.home import Home
from warehouse.ledger import Ledger, Snapshot
from warehouse.publish import snapshot_file
from warehouse.publish.publishing import Work
from warehouse.publish.report import FigureChange, PublishReport, Reason

# Failing rows of a preview's checks are kept under it while it looks.
_RUN_ID = "preview"
# Without a publication before, everything is new against nothing.
_BEFORE = {
    "batch": "SELECT * FROM new.main.batch LIMIT 0",
    "indicator": "SELECT * FROM new.main.indicator LIMIT 0",
}
_ROWS = """
    WITH side AS (
        SELECT feed, entity, batch_id, rows_admitted AS rows, 1 AS is_new FROM new.main.batch WHERE status = 'admitted'
        UNION ALL
        SELECT feed, entity, batch_id, rows_admitted, 0 FROM before_batch WHERE status = 'admitted'
    ),
    changed AS (
        SELECT feed, entity, batch_id, any_value(rows) AS rows, max(is_new) = 1 AS is_added
        FROM side GROUP BY feed, entity, batch_id HAVING count(*) = 1
    )
    SELECT feed, entity,
           coalesce(sum(rows) FILTER (is_added), 0)::BIGINT AS rows_added,
           coalesce(sum(rows) FILTER (NOT is_added), 0)::BIGINT AS rows_withdrawn,
           coalesce(list_sort(list(batch_id) FILTER (is_added)), []) AS batches_added,
           coalesce(list_sort(list(batch_id) FILTER (NOT is_added)), []) AS batches_withdrawn
    FROM changed GROUP BY feed, entity ORDER BY feed, entity
"""
_MODELS = """
    SELECT coalesce(n.indicator_code, b.indicator_code) AS indicator_code,
           coalesce(n.model_name, b.model_name) AS model_name,
           CASE WHEN b.indicator_code IS NULL THEN 'new' WHEN n.indicator_code IS NULL THEN 'gone'
                WHEN n.definition_version IS DISTINCT FROM b.definition_version THEN 'version'
                ELSE 'code' END AS change,
           b.definition_version AS version_before, n.definition_version AS version
    FROM new.main.indicator AS n FULL JOIN before_indicator AS b ON n.indicator_code = b.indicator_code
    WHERE n.indicator_code IS NULL OR b.indicator_code IS NULL
       OR n.definition_version IS DISTINCT FROM b.definition_version OR n.sql_text IS DISTINCT FROM b.sql_text
    ORDER BY 1
"""
_FIGURES = """
    SELECT r.indicator_code, r.period_type, r.period_start, r.period_end, r.previous_value, r.value, r.reason_class,
           r.reason
    FROM new.main.indicator_revision AS r, new.main.snapshot AS s
    WHERE r.snapshot_id = s.snapshot_id AND r.area_code = s.district_code
    ORDER BY r.indicator_code, r.period_type, r.period_start, r.period_end
"""


@dataclass(frozen=True, slots=True)
class RowChange:
    """Admitted rows of an entity that the last publication did not have, or no longer has."""

    feed: str
    entity: str
    rows_added: int
    rows_withdrawn: int
    batches_added: list[str]
    batches_withdrawn: list[str]


@dataclass(frozen=True, slots=True)
class ModelChange:
    """An indicator's model that is new, gone, of another definition version, or computes by another SQL ('code')."""

    indicator_code: str
    model_name: str | None
    change: Literal["new", "gone", "version", "code"]
    version_before: int | None
    version: int | None


@dataclass(frozen=True, slots=True)
class Difference:
    """How one publication differs from the one before: rows taken in, models, district totals new or revised."""

    rows: tuple[RowChange, ...]
    models: tuple[ModelChange, ...]
    figures: tuple[FigureChange, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """The difference to the last publication. `report` is what `publish` would say (`published` is False)."""

    rows: tuple[RowChange, ...]
    models: tuple[ModelChange, ...]
    report: PublishReport


def preview(
    home: Home,
    ledger: Ledger,
    *,
    as_of: date,
    manifest_path: Path,
    reasons: Mapping[str, Reason] | None = None,
    checks: Sequence[TableChecks] | None = None,
) -> Preview:
    """As `publish`, up to the finished file, which is thrown away: readers, ledger and revisions stay as they are.

    Raises PublishRefused where `publish` would. The caller holds `run_lock(home)`.
    """
    published = ledger.snapshots(state="published")
    work = Work(home, ledger, as_of, _RUN_ID, dict(reasons or {}), published[-1] if published else None, district())
    try:
        gate = work.gate(checks, keep=False)
        built = work.build(manifest_path, gate, keep=False)
        with _attached(work.previous_path, work.file) as connection:
            rows, models = _compared(connection)
        coming = Snapshot(
            work.snapshot_id, work.number, as_of, work.published_at, work.run_id, work.code_version, "prepared"
        )
        return Preview(rows, models, work.report(coming, built, gate, published=False))
    finally:
        work.clear()
        shutil.rmtree(home.failed_rows / _RUN_ID, ignore_errors=True)


def difference(before: Path | None, after: Path) -> Difference:
    """How the snapshot file `after` differs from `before` (None: nothing was published yet); the same file: not."""
    if before == after:
        return Difference((), (), ())
    with _attached(before, after) as connection:
        rows, models = _compared(connection)
        figures = tuple(FigureChange(**row) for row in snapshot_file.rows(connection, _FIGURES))
        return Difference(rows, models, figures)


@contextmanager
def _attached(before: Path | None, after: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the two snapshots, and a view of each table that is compared as it was before."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH '{_quoted(after)}' AS new (READ_ONLY)")
        if before is not None:
            connection.execute(f"ATTACH '{_quoted(before)}' AS before (READ_ONLY)")
        for table, nothing in _BEFORE.items():
            source = nothing if before is None else f"SELECT * FROM before.main.{table}"
            connection.execute(f"CREATE TEMP VIEW before_{table} AS {source}")
        yield connection


def _compared(connection: duckdb.DuckDBPyConnection) -> tuple[tuple[RowChange, ...], tuple[ModelChange, ...]]:
    rows = tuple(RowChange(**row) for row in snapshot_file.rows(connection, _ROWS))
    return rows, tuple(ModelChange(**row) for row in snapshot_file.rows(connection, _MODELS))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
