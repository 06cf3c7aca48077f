"""From a published figure back to the rows that it was counted from, and forward again: does it come out the same?

Belongs here: recomputing one figure by its definition's own `proof` from raw Parquet, in an own in-memory DuckDB.
Does not belong here: dbt's database and models (the proof is independent of them), lineage (`warehouse.read.lineage`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

import duckdb

from warehouse.home import Home
from warehouse.provenance.period import UnknownPeriod, parse_period
from warehouse.provenance.raw_views import make_views, referenced_entities
from warehouse.read import SnapshotReader, UnknownSnapshot
from warehouse.read.corrections import known_errors
from warehouse.read.indicator import Definition, Observation, definition
from warehouse.tolerance import RELATIVE_TOLERANCE


@dataclass(frozen=True, slots=True)
class TracedBatch:
    """A batch with rows that the figure was counted from; `rows` are distinct rows of the delivery."""

    batch_id: str
    feed: str
    entity: str
    sha256: str
    file_name: str
    rows: int


@dataclass(frozen=True, slots=True)
class TracedCorrection:
    """A known error of the provider that admission mended in a batch: `rows` rows delivered `expected` (None = empty)
    in `column_name`, the raw layer has `corrected`. Place and values of the first are those of the delivered file."""

    batch_id: str
    correction: str
    column_name: str
    rows: int
    file_name: str
    sheet: str | None
    row_number: int | None
    expected: str | None
    corrected: str | None
    status: str
    reason_zh: str
    reason_en: str
    who: str


@dataclass(frozen=True, slots=True)
class Trace:
    """A figure as published and as recomputed. Percentages are 0-100.

    `agrees`: both are equal within `tolerance` (relative), or both are missing; None where the definition has no proof.
    `snapshot_id` and `code_version` are of the publication whose batches gave the figure: of one that is held or
    withheld an earlier one. `evidence_only` are batches that the published figure names but no row of the proof comes
    from.
    """

    indicator_code: str
    name_zh: str
    name_en: str
    unit: str | None
    snapshot_id: str
    code_version: str
    period_type: str
    period_start: date
    period_end: date
    area_code: str
    state: str
    value: float | None
    numerator: float | None
    denominator: float | None
    recomputed: float | None
    recomputed_numerator: float | None
    recomputed_denominator: float | None
    agrees: bool | None
    tolerance: float
    definition_version: int
    definition_zh: str | None
    definition_en: str | None
    model_name: str | None
    proof: str | None
    batches: tuple[TracedBatch, ...]
    corrections: tuple[TracedCorrection, ...]
    evidence_only: tuple[str, ...]

    def to_json(self) -> str:
        """All fields as JSON; dates are ISO."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2, default=str)


def trace(home: Home, code: str, period: str | None = None, area: str | None = None) -> Trace:
    """Recompute a published figure from the rows of its batches.

    `period` is like 2023, 2023-Q2, 2023-06, 2023-06-30 or first/last day (default: the newest of the main kind); where
    several kinds of period end with it, the main kind, unless first and last day are given. `area` is the district
    (default) or a subdistrict. Raises NothingPublished, UnknownIndicator or UnknownPeriod. The rows are
    those of the batches that the snapshot was published from, whatever was delivered since.
    """
    reader = SnapshotReader(home)
    what = definition(reader, code)
    return _traced(reader, what, _figure(reader, what, period, area))


def retrace(
    reader: SnapshotReader,
    code: str,
    *,
    period_type: str,
    period_start: date,
    period_end: date,
    area: str | None = None,
) -> Trace:
    """The same for a figure named in full, of the reader's own snapshot."""
    what = definition(reader, code)
    return _traced(reader, what, named_figure(reader, what, period_type, period_start, period_end, area))


def named_figure(
    reader: SnapshotReader, what: Definition, period_type: str, start: date, end: date, area: str | None
) -> Observation:
    """The published figure of exactly this kind of period and these days; raises UnknownPeriod."""
    found = reader.records(
        Observation,
        """
        SELECT * FROM indicator_observation
        WHERE indicator_code = ? AND period_type = ? AND period_start = ? AND period_end = ?
          AND area_code = coalesce(?, (SELECT district_code FROM snapshot))
        """,
        [what.indicator_code, period_type, start, end, area],
    )
    if not found:
        raise _unknown(what, f"{start}/{end}", area)
    return found[0]


def origin(reader: SnapshotReader, figure: Observation) -> SnapshotReader:
    """The snapshot whose batches and definition gave the figure.

    That is the reader's own; for a figure that was kept from an earlier publication (held, or withheld) the one that
    brought it. Where its file is gone the reader's own has to do.
    """
    if figure.state == "published":
        return reader
    found = reader.rows(
        """
        SELECT snapshot_id FROM indicator_revision
        WHERE indicator_code = ? AND period_type = ? AND period_start = ? AND period_end = ? AND area_code = ?
        ORDER BY revision_number DESC LIMIT 1
        """,
        [figure.indicator_code, figure.period_type, figure.period_start, figure.period_end, figure.area_code],
    )
    try:
        return SnapshotReader(reader.home, found[0]["snapshot_id"]) if found else reader
    except UnknownSnapshot:
        return reader


def _traced(reader: SnapshotReader, what: Definition, figure: Observation) -> Trace:
    reader = origin(reader, figure)
    what = definition(reader, what.indicator_code)
    rows: list[tuple[str, int]] = []
    numerator = denominator = recomputed = None
    agrees: bool | None = None
    if what.proof:
        with proven(reader, what.proof, figure) as connection:
            rows, numerator, denominator = _summed(connection, reader)
        recomputed = _value(what, figure, numerator, denominator)
        agrees = _agree(figure.value, recomputed)
    code_version = reader.rows("SELECT code_version FROM snapshot")[0]["code_version"]
    known = {row["batch_id"]: row for row in reader.rows("SELECT batch_id, feed, entity, sha256, file_name FROM batch")}
    traced = {batch_id for batch_id, _ in rows}
    return Trace(
        indicator_code=what.indicator_code,
        name_zh=what.name_zh,
        name_en=what.name_en,
        unit=what.unit_zh,
        snapshot_id=reader.snapshot_id,
        code_version=code_version,
        period_type=figure.period_type,
        period_start=figure.period_start,
        period_end=figure.period_end,
        area_code=figure.area_code,
        state=figure.state,
        value=figure.value,
        numerator=figure.numerator,
        denominator=figure.denominator,
        recomputed=recomputed,
        recomputed_numerator=numerator,
        recomputed_denominator=denominator,
        agrees=agrees,
        tolerance=RELATIVE_TOLERANCE,
        definition_version=figure.definition_version,
        definition_zh=what.definition_zh,
        definition_en=what.definition_en,
        model_name=what.model_name,
        proof=what.proof,
        batches=tuple(TracedBatch(**known[batch_id], rows=count) for batch_id, count in rows if batch_id in known),
        corrections=_corrections(reader, sorted(traced | set(figure.batch_ids))),
        evidence_only=tuple(sorted(set(figure.batch_ids) - traced)) if what.proof else (),
    )


def _corrections(reader: SnapshotReader, batch_ids: Sequence[str]) -> tuple[TracedCorrection, ...]:
    names = [field.name for field in fields(TracedCorrection)]
    return tuple(
        TracedCorrection(**{name: getattr(one, name) for name in names})
        for one in known_errors(reader, batch_ids)
        if one.outcome == "applied"
    )


def _figure(reader: SnapshotReader, what: Definition, period: str | None, area: str | None) -> Observation:
    parameters: dict[str, Any] = {"code": what.indicator_code, "area": area, "main": what.period_type}
    condition = "o.period_type = $main"
    if period is not None:
        named = parse_period(period)
        parameters |= {"start": named.start, "end": named.end}
        # Sums within the year and windows begin earlier than the month that names them; both days given are meant.
        condition = "o.period_end = $end AND o.period_start = $start"
        if "/" not in period:
            condition = """
                o.period_end = $end AND (o.period_start = $start OR o.period_type IN ('year_to_date', 'window'))
            """
    found = reader.records(
        Observation,
        f"""
        SELECT o.* FROM indicator_observation AS o
        WHERE o.indicator_code = $code AND o.area_code = coalesce($area, (SELECT district_code FROM snapshot))
          AND {condition}
        ORDER BY o.period_type = $main DESC, o.period_end DESC, o.period_start DESC LIMIT 1
        """,
        parameters,
    )
    if not found:
        raise _unknown(what, period, area)
    return found[0]


def _unknown(what: Definition, period: str | None, area: str | None) -> UnknownPeriod:
    where_zh = f"{what.indicator_code} {what.name_zh}"
    return UnknownPeriod(
        f"{where_zh} 没有 {period or '任何周期'}（区域 {area or '全区'}）的已发布数值。",
        f"{what.indicator_code} {what.name_en} has no published figure for {period or 'any period'} "
        f"(area {area or 'the district'}).",
    )


@contextmanager
def proven(reader: SnapshotReader, proof: str, figure: Observation) -> Iterator[duckdb.DuckDBPyConnection]:
    """An own in-memory database with the views of `raw_views.py` and the answer of the proof as the table `proven`."""
    batches = reader.rows("SELECT batch_id, feed, entity, status, files FROM batch")
    fields = {
        (row["feed"], row["entity"]): json.loads(row["fields"] or "[]")
        for row in reader.rows("SELECT feed, entity, fields FROM feed")
    }
    entities = referenced_entities(proof)
    parameters = {
        name: value
        for name, value in (
            ("period_start", figure.period_start),
            ("period_end", figure.period_end),
            ("area_code", figure.area_code),
        )
        if f"${name}" in proof
    }
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")  # as the build has it
        make_views(connection, reader.home, batches, entities, fields)
        connection.execute(f"CREATE TABLE proven AS SELECT * FROM ({proof.strip().rstrip(';')})", parameters)
        yield connection


def _summed(
    connection: duckdb.DuckDBPyConnection, reader: SnapshotReader
) -> tuple[list[tuple[str, int]], float | None, float | None]:
    """Rows by batch, and the sums of numerators and denominators."""
    numerator, denominator = connection.execute(
        "SELECT CAST(sum(numerator) AS DOUBLE), CAST(sum(denominator) AS DOUBLE) FROM proven"
    ).fetchall()[0]
    # A proof may give a row twice (as numerator and as denominator). Rows are numbered by file, so that in a batch
    # of several files the number does not tell rows apart.
    several = [row["batch_id"] for row in reader.rows("SELECT batch_id FROM batch WHERE files > 1")]
    rows = connection.execute(
        """
        SELECT _batch_id, CASE WHEN list_contains($several, _batch_id) THEN count(*) ELSE count(DISTINCT _row) END
        FROM proven WHERE _batch_id IS NOT NULL GROUP BY _batch_id ORDER BY _batch_id
        """,
        {"several": several},
    ).fetchall()
    return rows, numerator, denominator


def _value(what: Definition, figure: Observation, numerator: float | None, denominator: float | None) -> float | None:
    if figure.denominator is None and denominator is None:
        return numerator or 0.0  # a count over no rows is a true zero
    if numerator is None or not denominator:
        return None
    return (100 if what.unit_zh == "%" else 1) * numerator / denominator


def _agree(published: float | None, recomputed: float | None) -> bool:
    if published is None or recomputed is None:
        return published is recomputed
    return abs(published - recomputed) <= RELATIVE_TOLERANCE * max(1.0, abs(published), abs(recomputed))
