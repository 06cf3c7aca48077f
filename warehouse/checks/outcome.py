"""What a check promises and what running it found.

Belongs here: plain records, importable without loading Soda. Does not belong here: running checks (`soda.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from warehouse.ledger.records import CheckResult

Severity = Literal["error", "warning"]
OutcomeWord = Literal["PASSED", "WARN", "FAILED", "NOT_EVALUATED"]


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """One check. `soda` is a Soda check `{type: body}` without name and qualifier, on `column` or on the whole table.

    `key` is ASCII and unique among the checks of a table; `dimension` one of GB/T 36344; `reason` says why the check
    and its threshold exist. A `blocking` check that fails keeps the batch or indicator back.
    """

    key: str
    column: str | None
    name_zh: str
    name_en: str
    dimension: str
    severity: Severity
    blocking: bool
    owner: str | None
    reason: str | None
    soda: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What a check found. `measured` is compared with `threshold` (text); `failed_rows` counts all failing rows, of
    which `failed_rows_file` has up to the row limit. Both are None for checks that have no rows (counts, averages)."""

    spec: CheckSpec
    outcome: OutcomeWord
    measured: float | None = None
    threshold: str | None = None
    failed_rows: int | None = None
    failed_rows_file: Path | None = None
    errors: tuple[str, ...] = field(default=())
    rows_tested: int | None = None
    """B of X = A / B: rows that the check looked at; None for checks that have no rows."""
    rows_satisfied: int | None = None
    """A: those of them that satisfy the rule."""

    @property
    def ok(self) -> bool:
        """Passed, perhaps with a warning. What could not be evaluated did not pass."""
        return self.outcome in ("PASSED", "WARN")

    @property
    def blocks(self) -> bool:
        """The batch or indicator has to be held back."""
        return self.spec.blocking and not self.ok

    def as_result(
        self,
        *,
        scope: Literal["feed", "published"],
        run_id: str,
        evaluated_at: datetime,
        home: Path,
        feed: str | None = None,
        entity: str | None = None,
        batch_id: str | None = None,
        indicator_code: str | None = None,
    ) -> CheckResult:
        """The outcome as a row of the ledger; the file of failing rows becomes relative to `home` (the root folder)."""
        file = self.failed_rows_file
        return CheckResult(
            run_id=run_id,
            scope=scope,
            feed=feed,
            entity=entity,
            indicator_code=indicator_code,
            batch_id=batch_id,
            check_key=self.spec.key,
            column_name=self.spec.column,
            name_zh=self.spec.name_zh,
            name_en=self.spec.name_en,
            dimension=self.spec.dimension,
            severity=self.spec.severity,
            blocking=self.spec.blocking,
            owner=self.spec.owner,
            outcome=self.outcome,
            measured=self.measured,
            threshold=self.threshold,
            failed_rows=self.failed_rows,
            failed_rows_file=None if file is None else file.relative_to(home).as_posix(),
            reason=self.spec.reason,
            errors="\n".join(self.errors) or None,
            evaluated_at=evaluated_at,
            rows_tested=self.rows_tested,
            rows_satisfied=self.rows_satisfied,
        )
