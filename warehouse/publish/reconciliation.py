"""Running the checks across deliveries on the built tables before a publication.

Belongs here: their results, and masked samples of what does not agree, with both sides' numbers. Does not belong here:
the checks (`warehouse/checks/reconciled/`). None of them holds a figure back: which side is wrong is not known yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import duckdb
import pyarrow.parquet as pq

from warehouse.checks.reconciliations import Reconciliation, reconciliations
from warehouse.home import Home
from warehouse.ledger import CheckResult
from warehouse.publish.failed_rows import MASK, SAMPLES
from warehouse.publish.snapshot_file import json_text


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Results, and rows of the public table `failed_row`."""

    results: tuple[CheckResult, ...] = ()
    failed_rows: tuple[dict[str, Any], ...] = ()


def run_reconciliations(
    home: Home, *, run_id: str, evaluated_at: datetime, checks: Sequence[Reconciliation] | None = None
) -> Reconciled:
    """Run them on the build database, read-only and closed off; failing rows go to `failed_rows/<run_id>/reconciled/`.

    A check whose table is not built, or of whose sides one has nothing, has no result.
    """
    from warehouse.checks import soda  # importing Soda takes over a second: only who checks pays for it

    results: list[CheckResult] = []
    samples: list[dict[str, Any]] = []
    options: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": "false",
        "lock_configuration": "true",
    }
    with duckdb.connect(str(home.build_database), read_only=True, config=options) as connection:
        for check in reconciliations() if checks is None else checks:
            compared = _compared(connection, check)
            if not compared:
                continue
            folder = home.failed_rows / run_id / "reconciled"
            (outcome,) = soda.verify(
                connection, check.table, [check.spec], failed_rows_dir=folder, row_limit=SAMPLES, as_of=evaluated_at
            )
            satisfied = (
                compared if outcome.outcome == "PASSED" else max(0, compared - (outcome.failed_rows or compared))
            )
            outcome = replace(outcome, rows_tested=compared, rows_satisfied=satisfied)
            result = outcome.as_result(
                scope="feed",
                run_id=run_id,
                evaluated_at=evaluated_at,
                home=home.root,
                feed=check.feed,
                entity=check.entity,
            )
            results.append(result)
            if outcome.failed_rows_file is not None:
                samples += _samples(check, pq.read_table(outcome.failed_rows_file).to_pylist())
    return Reconciled(tuple(results), tuple(samples))


def _compared(connection: duckdb.DuckDBPyConnection, check: Reconciliation) -> int:
    try:
        return int(connection.execute(check.compared).fetchall()[0][0])
    except duckdb.CatalogException:
        return 0


def _samples(check: Reconciliation, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    def shown(row: dict[str, Any]) -> dict[str, Any]:
        labelled = {" / ".join(check.shown[name]): value for name, value in row.items() if name in check.shown}
        return labelled | {name: MASK for name in row if name not in check.shown}

    return [
        {
            "check_key": check.spec.key,
            "batch_id": "",
            "feed": check.feed,
            "entity": check.entity,
            "sample_number": number,
            "reason_zh": check.spec.name_zh,
            "reason_en": check.spec.name_en,
            "values_json": json_text(shown(row)),
        }
        for number, row in enumerate(rows, start=1)
    ]
