"""The gate before publishing: which indicators failed a check of the marts, and whether publishing goes on at all.

Belongs here: running the published checks on a closed-off, read-only connection, and attributing failing rows to
indicators. Does not belong here: the checks themselves (`warehouse/checks/published/`), keeping results.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warehouse.checks.outcome import CheckOutcome
from warehouse.checks.published import TableChecks, published_checks
from warehouse.home import Home
from warehouse.ledger import CheckResult
from warehouse.publish.report import HeldIndicator

# More failing figures than any district has: a cut-off list could hide an indicator.
_ROW_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class GateResult:
    """What the checks found. `unattributed` failures concern no single indicator: nothing may be published."""

    results: tuple[CheckResult, ...]
    held: tuple[HeldIndicator, ...]
    unattributed: tuple[CheckResult, ...]


def run_gate(
    home: Home,
    *,
    run_id: str,
    evaluated_at: datetime,
    tables: Sequence[TableChecks] | None = None,
) -> GateResult:
    """Run the checks of the marts in the build database; failing rows go to `failed_rows/<run_id>/<table>/`.

    One result a check, and one more for each indicator that its failing rows name.
    """
    chosen = published_checks() if tables is None else tables
    if not chosen:
        return GateResult((), (), ())
    from warehouse.checks import soda  # importing Soda takes over a second: only who checks pays for it

    results: list[CheckResult] = []
    held: dict[str, list[CheckOutcome]] = {}
    unattributed: list[CheckResult] = []
    options: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": "false",
        "lock_configuration": "true",
    }
    with duckdb.connect(str(home.build_database), read_only=True, config=options) as connection:
        for checks in chosen:
            name = checks.table.rpartition(".")[2]
            folder = home.failed_rows / run_id / name
            outcomes = soda.verify(
                connection,
                checks.table,
                checks.checks,
                failed_rows_dir=folder,
                row_limit=_ROW_LIMIT,
                as_of=evaluated_at,
            )
            for outcome in outcomes:
                whole = outcome.as_result(
                    scope="published", run_id=run_id, evaluated_at=evaluated_at, home=home.root, entity=name
                )
                results.append(whole)
                failing = failing_rows_by_indicator(outcome.failed_rows_file)
                for code, rows in failing.items():
                    results.append(outcome_of_indicator(outcome, code, rows, whole))
                    if outcome.blocks:
                        held.setdefault(code, []).append(outcome)
                if outcome.blocks and sum(failing.values()) != outcome.failed_rows:
                    unattributed.append(whole)
    return GateResult(tuple(results), tuple(_hold(code, held[code]) for code in sorted(held)), tuple(unattributed))


def failing_rows_by_indicator(file: Path | None) -> dict[str, int]:
    """Indicator code -> failing rows; rows that name no indicator are not in it."""
    if file is None or "indicator_code" not in pq.read_schema(file).names:
        return {}
    counted = pc.value_counts(pq.read_table(file, columns=["indicator_code"]).column(0)).to_pylist()
    return {entry["values"]: entry["counts"] for entry in counted if entry["values"] is not None}


def outcome_of_indicator(outcome: CheckOutcome, code: str, rows: int, whole: CheckResult) -> CheckResult:
    """The result of a check for one of the indicators it failed for."""
    return replace(whole, indicator_code=code, failed_rows=rows, measured=float(rows))


def _hold(code: str, outcomes: Sequence[CheckOutcome]) -> HeldIndicator:
    zh = "、".join(outcome.spec.name_zh for outcome in outcomes)
    en = ", ".join(outcome.spec.name_en for outcome in outcomes)
    return HeldIndicator(code, "check", f"发布检查未通过：{zh}", f"failed before publishing: {en}")
