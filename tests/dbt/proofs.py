"""Figures against their proofs: the definition's own query over the raw layer, summed as the definition says.

The raw layer is that of `district trace`: own views, not those of dbt's database.

Does not belong here: which figures a test looks at.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from warehouse.home import Home
from warehouse.provenance.raw_views import make_views, referenced_entities

_PARAMETER = re.compile(r"\$(\w+)")


@dataclass(frozen=True)
class Figure:
    """A figure of the observation mart with what its proof gives for it."""

    indicator_code: str
    period_type: str
    period_start: date
    period_end: date
    area_code: str
    value: float
    proven: float | None
    unnamed: frozenset[str]
    """Entities with rows that the proof counted and of which the figure names no batch."""

    @property
    def agrees(self) -> bool:
        """Equal but for the rounding of sums of doubles."""
        return self.proven is not None and abs(self.proven - self.value) <= 1e-9 * max(1.0, abs(self.value))


def proven_figures(build_database: Path, where: str = "true") -> list[Figure]:
    """Every figure of `marts.fct_indicator_observation` that `where` lets through, with its proof's result.

    A count or sum without rows is zero; a quotient without denominator is None.
    """
    with duckdb.connect(str(build_database), read_only=True) as built:
        figures = built.execute(
            f"""
            select figure.*, unit_en, proof
            from (
                select indicator_code, period_type, period_start, period_end, area_code, value, batch_ids,
                    denominator is null
                from marts.fct_indicator_observation where {where}
            ) as figure
            join marts.dim_indicator using (indicator_code)
            order by all
            """
        ).fetchall()
        batches = built.execute("select batch_id, feed, entity, status from ledger.batch").fetchall()
        contracts = built.execute("select feed, entity, fields from ledger.feed_contract where current").fetchall()
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        make_views(
            connection,
            Home(build_database.parent.parent),
            [dict(zip(("batch_id", "feed", "entity", "status"), batch, strict=True)) for batch in batches],
            referenced_entities("\n".join({proof for *_, proof in figures})),
            {(feed, entity): json.loads(fields or "[]") for feed, entity, fields in contracts},
        )
        entities = {batch: f"{feed}.{entity}" for batch, feed, entity, _ in batches}
        found = []
        for code, kind, start, end, area, value, named, is_count, unit_en, proof in figures:
            numerator, denominator, counted = _prove(connection, start, end, area, proof)
            unnamed = {entities[batch] for batch in counted} - {entities[batch] for batch in named}
            proven = _value(numerator, denominator, is_count, unit_en)
            found.append(Figure(code, kind, start, end, area, value, proven, frozenset(unnamed)))
        return found


def _prove(
    connection: duckdb.DuckDBPyConnection, period_start: date, period_end: date, area_code: str, proof: str
) -> tuple[float, float | None, list[str]]:
    """Sum of the numerators (0 without rows), of the denominators, and the batches with rows that count."""
    known = {"period_start": period_start, "period_end": period_end, "area_code": area_code}
    # DuckDB refuses parameters that a query does not name.
    parameters = {name: known[name] for name in set(_PARAMETER.findall(proof))}
    numerator, denominator, counted = connection.execute(
        f"""
        select sum(numerator)::double, sum(denominator)::double,
            array_agg(distinct _batch_id) filter (_batch_id is not null and (numerator <> 0 or denominator <> 0))
        from ({proof})
        """,
        parameters,
    ).fetchall()[0]
    return numerator or 0.0, denominator, counted or []


def _value(numerator: float, denominator: float | None, is_count: bool, unit_en: str) -> float | None:
    if is_count:
        return numerator
    if not denominator:
        return None
    return (100 if unit_en == "percent" else 1) * numerator / denominator
