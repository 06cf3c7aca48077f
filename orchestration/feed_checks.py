"""The Soda checks of contracts and of published tables as Dagster asset checks.

Belongs here: specifications from a contract, results from the ledger. Does not belong here: evaluating a check
(`warehouse.checks`), deciding what a failure means (admission for a feed, the gate of publishing for a mart).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg

from warehouse.ledger import CheckResult

# How bad an outcome is; of several batches in one run the worst speaks for the check.
_BADNESS = {"PASSED": 0, "WARN": 1, "NOT_EVALUATED": 2, "FAILED": 3}


def check_spec(name: str, asset: dg.AssetKey, check: Any, **more: str) -> dg.AssetCheckSpec:
    """The specification of a check that has name_zh, name_en, dimension, severity, blocking and reason.

    `blocking` is metadata alone: it holds the batch at admission, not the steps of Dagster
    (docs/decisions/0002-the-gate-is-admission.md).
    """
    return dg.AssetCheckSpec(
        name=name,
        asset=asset,
        description=f"{check.name_zh} / {check.name_en}",
        metadata={
            "dimension": check.dimension,
            "severity": check.severity,
            "holds_batch": str(check.blocking),
            "reason": check.reason,
            **more,
        },
    )


def worst(results: Iterable[CheckResult]) -> CheckResult | None:
    """The worst result, the newest of equals; None without results."""
    return max(results, key=lambda result: (_BADNESS[result.outcome], result.evaluated_at), default=None)


def check_result(name: str, asset: dg.AssetKey, result: CheckResult, *, run_id: str) -> dg.AssetCheckResult:
    """What the ledger knows of a check, as Dagster shows it; anything but PASSED is shown as not passed."""
    passed = result.outcome == "PASSED"
    severe = result.outcome in ("FAILED", "NOT_EVALUATED") and result.severity == "error"
    shown: Mapping[str, Any] = {
        "outcome": result.outcome,
        "measured": result.measured,
        "threshold": result.threshold,
        "failed_rows": result.failed_rows,
        "failed_rows_file": result.failed_rows_file,
        "errors": result.errors,
        "batch": result.batch_id,
        "dimension": result.dimension,
        "owner": result.owner,
        "severity": result.severity,
        "evaluated_at": dg.MetadataValue.timestamp(result.evaluated_at),
        "from_this_run": result.run_id == run_id,
    }
    measured = "" if result.measured is None else f" ({result.measured:g})"
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=name,
        passed=passed,
        severity=dg.AssetCheckSeverity.ERROR if severe else dg.AssetCheckSeverity.WARN,
        description=f"{result.name_zh} / {result.name_en}: {result.outcome}{measured}",
        metadata={key: value for key, value in shown.items() if value is not None},
    )
