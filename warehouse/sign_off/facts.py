"""What a signature covers of a figure, and its digest.

Belongs here: gathering value, definition version, evidence and check results of figures from the tables of a snapshot,
finished or in the making. Does not belong here: who signs (`steps.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, Final

from warehouse.ledger import SignedFacts
from warehouse.tolerance import RELATIVE_TOLERANCE

Rows = Callable[[str], list[dict[str, Any]]]
"""Answers a query as plain mappings."""

SNAPSHOT_CHECKS: Final = "(SELECT * FROM check_result WHERE scope = 'published' AND indicator_code IS NOT NULL)"
_KEY: Final = "indicator_code, period_type, period_start, period_end, area_code"
_NUMBERS: Final = ("value", "numerator", "denominator")


def digest(
    *,
    indicator_code: str,
    period_type: str,
    period_start: date,
    period_end: date,
    area_code: str,
    definition_version: int,
    value: float | None,
    numerator: float | None,
    denominator: float | None,
    evidence_sha256: str,
    checks_sha256: str,
) -> str:
    """The SHA-256 of all that a signature covers, as JSON in UTF-8 with sorted keys and no blanks.

    In it: which figure (indicator, kind of period, first and last day as YYYY-MM-DD, area), the version of its
    definition, value, numerator and denominator (shortest decimal that reads back as the same double; null for none),
    `evidence_sha256` (the batches it rests on with the SHA-256 of their delivered bytes) and `checks_sha256` (the
    outcomes of those batches' checks and of the indicator's own before publishing); `facts` says how the two are made.
    Not in it: names, words, targets, what subdistricts say, when it was published.
    """
    content = {name: value.isoformat() if isinstance(value, date) else value for name, value in locals().items()}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def facts(rows: Rows, *, figures: str, batches: str, checks: str, own_checks: str) -> list[SignedFacts]:
    """What a signature of each of `figures` covers.

    All four are relations of SQL: `figures` with the columns of `indicator_observation`, `batches` with `batch_id` and
    `sha256`, `checks` with those of `check_result` (of batches), `own_checks` likewise (of indicators, this
    publication's). `evidence_sha256` is over lines `<batch> <sha256>` by batch; `checks_sha256` over lines
    `<batch> <sha256 of its lines <check>|<outcome>|<measured>|<failing rows>>` by batch, an empty line, and lines
    `<check>|<outcome>|<failing rows>` of the indicator.
    """
    found = rows(
        f"""
        WITH figure AS (SELECT * FROM {figures}),
        link AS (SELECT {_KEY}, unnest(list_distinct(coalesce(batch_ids, []))) AS batch_id FROM figure),
        used AS (SELECT DISTINCT batch_id FROM link),
        outcome AS (
            SELECT * FROM {checks} AS c SEMI JOIN used ON used.batch_id = c.batch_id WHERE c.scope = 'feed'
            -- A held batch that is decided anew has its checks again: the last ones count.
            QUALIFY row_number() OVER (PARTITION BY batch_id, feed, entity, check_key
                                       ORDER BY evaluated_at DESC, check_result_id) = 1
        ),
        batch_checks AS (
            SELECT batch_id,
                   sha256(string_agg(concat_ws('|', check_key, outcome, coalesce(CAST(measured AS VARCHAR), ''),
                                               coalesce(CAST(failed_rows AS VARCHAR), '')),
                                     chr(10) ORDER BY check_key, feed, entity)) AS checks
            FROM outcome GROUP BY batch_id
        ),
        evidence AS (
            SELECT {_KEY},
                   string_agg(l.batch_id || ' ' || coalesce(b.sha256, ''), chr(10) ORDER BY l.batch_id) AS batches,
                   string_agg(l.batch_id || ' ' || c.checks, chr(10) ORDER BY l.batch_id) AS checks
            FROM link AS l LEFT JOIN (SELECT batch_id, sha256 FROM {batches}) AS b ON b.batch_id = l.batch_id
            LEFT JOIN batch_checks AS c ON c.batch_id = l.batch_id
            GROUP BY ALL
        ),
        own AS (
            SELECT indicator_code,
                   string_agg(concat_ws('|', check_key, outcome, coalesce(CAST(failed_rows AS VARCHAR), '')),
                              chr(10) ORDER BY entity, check_key) AS checks
            FROM {own_checks} GROUP BY indicator_code
        )
        SELECT f.indicator_code, f.period_type, f.period_start, f.period_end, f.area_code, f.definition_version,
               f.value, f.numerator, f.denominator, sha256(coalesce(e.batches, '')) AS evidence_sha256,
               sha256(coalesce(e.checks, '') || chr(10) || chr(10) || coalesce(o.checks, '')) AS checks_sha256
        FROM figure AS f
        LEFT JOIN evidence AS e ON e.indicator_code = f.indicator_code AND e.period_type = f.period_type
            AND e.period_start = f.period_start AND e.period_end = f.period_end AND e.area_code = f.area_code
        LEFT JOIN own AS o ON o.indicator_code = f.indicator_code
        ORDER BY f.indicator_code, f.period_type, f.period_start, f.period_end, f.area_code
        """
    )
    return [SignedFacts(**row, digest=digest(**row)) for row in found]


def restated(found: SignedFacts, signed: SignedFacts) -> SignedFacts:
    """`found` with the numbers of `signed` where they differ only by the order of summing (relative 1e-9)."""
    if not all(_same(getattr(found, name), getattr(signed, name)) for name in _NUMBERS):
        return found
    restated = replace(found, **{name: getattr(signed, name) for name in _NUMBERS})
    content = {name: value for name, value in covered(restated).items() if name != "digest"}
    return replace(restated, digest=digest(**content))


def covered(found: SignedFacts) -> dict[str, Any]:
    """The facts alone by name, also of a signature."""
    return {name: getattr(found, name) for name in SignedFacts.__slots__}


def _same(left: float | None, right: float | None) -> bool:
    if left is None or right is None:
        return left is right
    return abs(left - right) <= RELATIVE_TOLERANCE * max(abs(left), abs(right))
