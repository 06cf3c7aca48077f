"""Check results and problems of pulling, in the ledger.

Belongs here: keeping and finding them. Does not belong here: running checks (`warehouse.checks`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

import sqlalchemy as sa

from warehouse.ledger.access import Access, columns_of, insert, row_of
from warehouse.ledger.records import CheckResult, PullProblem
from warehouse.ledger.schema.checks import check_result
from warehouse.ledger.schema.deliveries import pull_problem
from warehouse.ledger.sealing import seal_batches, seal_checks, sealed_batches


class CheckMethods(Access):
    """Ledger methods about check results and pull problems."""

    def add_check_results(self, results: Sequence[CheckResult]) -> list[CheckResult]:
        """Keep results; the same check on the same batch or table in the same run replaces the one before."""
        with self._writing() as connection:
            kept = insert_check_results(connection, results)
            batches = {result.batch_id for result in results if result.batch_id is not None}
            seal_batches(connection, sealed_batches(connection, batches), "checked")
            seal_checks(connection, sorted({result.run_id for result in results if result.batch_id is None}))
            return kept

    def check_results(
        self,
        *,
        scope: str | None = None,
        feed: str | None = None,
        entity: str | None = None,
        batch_ids: Iterable[str] | None = None,
        run_id: str | None = None,
        with_failed_rows: bool = False,
    ) -> list[CheckResult]:
        """Results that meet every condition given, oldest first. `with_failed_rows`: those that kept failing rows."""
        statement = sa.select(check_result).order_by(check_result.c.evaluated_at, check_result.c.check_result_id)
        wanted = {"scope": scope, "feed": feed, "entity": entity, "run_id": run_id}
        statement = statement.filter_by(**{name: value for name, value in wanted.items() if value is not None})
        if batch_ids is not None:
            statement = statement.where(check_result.c.batch_id.in_(list(batch_ids)))
        if with_failed_rows:
            statement = statement.where(check_result.c.failed_rows_file.is_not(None))
        return self._records(CheckResult, statement)

    def last_check_result(self, feed: str, entity: str, check_key: str) -> CheckResult | None:
        """The newest result of a check of a feed's deliveries; None when it never ran."""
        statement = (
            sa.select(check_result)
            .filter_by(scope="feed", feed=feed, entity=entity, check_key=check_key)
            .order_by(check_result.c.evaluated_at.desc(), check_result.c.check_result_id.desc())
            .limit(1)
        )
        found = self._records(CheckResult, statement)
        return found[0] if found else None

    def record_problem(self, problem: PullProblem) -> None:
        """Keep something that kept a feed from being pulled."""
        with self._writing() as connection:
            insert(connection, pull_problem, [row_of(problem)])

    def problems(self, run_id: str | None = None) -> list[PullProblem]:
        """Problems of one run, or of all, oldest first."""
        statement = sa.select(*columns_of(pull_problem, "seq")).order_by(pull_problem.c.seq)
        return self._records(PullProblem, statement if run_id is None else statement.filter_by(run_id=run_id))


def insert_check_results(connection: sa.Connection, results: Sequence[CheckResult]) -> list[CheckResult]:
    """Insert or replace results, each under an id that follows from what was checked and when (run)."""
    identified = [replace(result, check_result_id=_identity(result)) for result in results]
    if len({result.check_result_id for result in identified}) != len(identified):
        raise ValueError("two checks of one batch or table share a key: " + ", ".join(r.check_key for r in results))
    ids = [result.check_result_id for result in identified]
    connection.execute(sa.delete(check_result).where(check_result.c.check_result_id.in_(ids)))
    insert(connection, check_result, (row_of(result) for result in identified))
    return identified


def _identity(result: CheckResult) -> str:
    parts = (
        result.scope,
        result.run_id,
        result.feed,
        result.entity,
        result.indicator_code,
        result.batch_id,
        result.check_key,
    )
    return "c" + hashlib.sha256("\x1f".join(part or "" for part in parts).encode()).hexdigest()[:20]
