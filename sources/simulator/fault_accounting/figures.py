"""Published figures of two homes beside each other, and what a home says of those that it restated.

Belongs here: whether both publish the same figures, with their reasons. Does not belong here: everything else that
publications tell (`warehouse.publish.compare`): batches and receptions differ once something was sent twice.
"""

from __future__ import annotations

import duckdb

from sources.reading.quoting import literal
from warehouse.home import Home
from warehouse.publish.compare import RELATIVE_TOLERANCE

_KEY = ("indicator_code", "definition_version", "period_type", "period_start", "period_end", "area_code")
_VALUES = ("value", "numerator", "denominator")


def differing_figures(clean: Home, other: Home, *, examples: int = 20) -> tuple[int, list[str]]:
    """How many figures the first publishes, and those that the second publishes otherwise or not (or only it does)."""
    with duckdb.connect(":memory:") as connection:
        for name, home in (("a", clean), ("b", other)):
            connection.execute(f"ATTACH {literal(str(home.current_snapshot.resolve()))} AS {name} (READ_ONLY)")
        (count,) = connection.execute("SELECT count(*) FROM a.indicator_observation").fetchall()[0]
        join = " AND ".join(f"a.{name} = b.{name}" for name in _KEY)
        differs = " OR ".join(
            f"(a.{name} IS NULL) <> (b.{name} IS NULL) "
            f"OR abs(a.{name} - b.{name}) > {RELATIVE_TOLERANCE} * greatest(abs(a.{name}), abs(b.{name}))"
            for name in _VALUES
        )
        rows = connection.execute(
            f"""
            SELECT coalesce(a.indicator_code, b.indicator_code), coalesce(a.period_type, b.period_type),
                   coalesce(a.period_end, b.period_end), coalesce(a.area_code, b.area_code), a.value, b.value
            FROM a.indicator_observation AS a FULL JOIN b.indicator_observation AS b ON {join}
            WHERE a.indicator_code IS NULL OR b.indicator_code IS NULL OR coalesce({differs}, false)
            ORDER BY ALL LIMIT {examples}
            """
        ).fetchall()
    return int(count), [f"{c} {kind} {end} {area}: {one} / {other}" for c, kind, end, area, one, other in rows]


def restated_figures(home: Home) -> tuple[int, list[str]]:
    """How many published figures the home has restated, and those without an old value or a batch as their cause."""
    with duckdb.connect(str(home.current_snapshot.resolve()), read_only=True) as connection:
        rows = connection.execute(
            """
            SELECT indicator_code, period_end, area_code,
                   previous_value IS NOT NULL AND regexp_matches(reason, 'b[0-9a-f]{20}')
            FROM indicator_revision WHERE revision_number > 1 ORDER BY ALL
            """
        ).fetchall()
    return len(rows), [f"{code} {end} {area}" for code, end, area, explained in rows if not explained]
