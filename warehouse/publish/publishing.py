"""Publishing: gate, difference, revisions, snapshot, switch, in this order.

Belongs here: the sequence, and what happens between ledger and files. Does not belong here: each step's rules (the
neighbouring modules). The run lock is held by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb

from warehouse.checks.published import TableChecks
from warehouse.clock import now
from warehouse.district import District, district
from warehouse.expected import ExpectedBatch
from warehouse.fingerprint import file_sha256
from warehouse.home import Home
from warehouse.ledger import Batch, CheckResult, FeedContract, Ledger, NewRevision, Snapshot
from warehouse.publish import build_tables, difference, ledger_tables, sign_offs, snapshot_file
from warehouse.publish.code_version import code_version
from warehouse.publish.compare import differ
from warehouse.publish.definitions import mark_held, read_definitions
from warehouse.publish.expected import fill_expected
from warehouse.publish.failed_rows import failed_rows
from warehouse.publish.feed_checks import admission_results, delivery_results, reachability_results
from warehouse.publish.gate import GateResult, run_gate
from warehouse.publish.lineage_columns import fill_lineage
from warehouse.publish.manifest import ManifestError, read_manifest
from warehouse.publish.progress import fill_progress
from warehouse.publish.quality_scores import fill_quality_scores
from warehouse.publish.reconciliation import Reconciled, run_reconciliations
from warehouse.publish.recovery import repair
from warehouse.publish.register_changes import changed_batches, register_changes
from warehouse.publish.remembered_trends import RememberedTrends
from warehouse.publish.report import FigureChange, HeldIndicator, PublishRefused, PublishReport, Reason
from warehouse.publish.switch import put_in_place, snapshot_path, switch_to
from warehouse.publish.tables import TABLES
from warehouse.publish.waiting import fill_waiting
from warehouse.sign_off.settings import unsigned

# What a later publication of the same facts differs in, besides what tells of runs.
_SAME_FACTS = frozenset({("snapshot", "number")})


def publish(
    home: Home,
    ledger: Ledger,
    *,
    as_of: date,
    run_id: str,
    manifest_path: Path,
    reasons: Mapping[str, Reason] | None = None,
    checks: Sequence[TableChecks] | None = None,
    at_step: Callable[[str], None] | None = None,
) -> PublishReport:
    """Publish the marts as they are; readers see all of it or nothing.

    `as_of` is district-local. `reasons` (indicator code -> Reason) lets large changes through. `checks` defaults to
    `warehouse/checks/published/`. `at_step` is called with the name of each step done, for progress and for tests of
    interruptions. Raises PublishRefused when nothing may be published; readers then keep the last snapshot. The caller
    holds `run_lock(home)`.
    """
    step = at_step or (lambda name: None)
    previous = repair(home, ledger)
    step("repaired")
    work = Work(home, ledger, as_of, run_id, dict(reasons or {}), previous, district())
    gate = work.gate(checks)
    step("checked")
    try:
        outcome = work.build(manifest_path, gate)
        ledger.add_check_results(work.feed_results)
        step("built")
        report = work.put_out(outcome, gate, step)
    finally:
        work.clear()
    return report


class Work:
    """One publication in the making."""

    def __init__(
        self,
        home: Home,
        ledger: Ledger,
        as_of: date,
        run_id: str,
        reasons: Mapping[str, Reason],
        previous: Snapshot | None,
        area: District,
    ) -> None:
        self.home = home
        self.ledger = ledger
        self.as_of = as_of
        self.run_id = run_id
        self.reasons = reasons
        self.previous = previous
        self.area = area
        self.previous_path = None if previous is None else snapshot_path(home, previous.snapshot_id)
        self.number = max((s.number for s in ledger.snapshots()), default=0) + 1
        self.snapshot_id = f"s{self.number:05d}-{as_of:%Y%m%d}"
        self.published_at = now()
        self.code_version = code_version()
        self.file = home.workspace / f"publishing-{self.snapshot_id}.duckdb"
        self.reconciled = Reconciled()
        self.feed_results: list[CheckResult] = []  # of checks that are about a feed and no single batch

    def gate(self, checks: Sequence[TableChecks] | None, *, keep: bool = True) -> GateResult:
        """Run the checks; refuse, with the results kept, when a failure cannot be laid on indicators."""
        if not self.home.build_database.is_file():
            raise PublishRefused(
                f"构建库 {self.home.build_database} 不存在，请先运行 dbt build 或 district run。",
                f"The build database {self.home.build_database} does not exist; run dbt build or district run first.",
            )
        gate = run_gate(self.home, run_id=self.run_id, evaluated_at=self.published_at, tables=checks)
        self.reconciled = run_reconciliations(self.home, run_id=self.run_id, evaluated_at=self.published_at)
        if keep:
            self.ledger.add_check_results(gate.results)
        if gate.unattributed:
            zh = "、".join(f"{r.name_zh}（{r.outcome}）" for r in gate.unattributed)
            en = ", ".join(f"{r.name_en} ({r.outcome})" for r in gate.unattributed)
            details = "; ".join(r.errors for r in gate.unattributed if r.errors)
            raise PublishRefused(
                f"发布检查未通过且不能归到具体指标：{zh}。未发布，页面保留上次数据；请修正 marts 后重试。{details}",
                f"Checks failed that concern no single indicator: {en}. Nothing was published and pages keep the last "
                f"data; correct the marts, then run again. {details}",
                gate.results,
            )
        return gate

    def build(self, manifest_path: Path, gate: GateResult, *, keep: bool = True) -> Built:
        """Fill the new snapshot's file; with `keep` what was learnt of the models is remembered for the next."""
        try:
            manifest = read_manifest(manifest_path)
        except ManifestError as error:
            raise PublishRefused(error.zh, error.en) from error
        with snapshot_file.create(self.file) as connection:
            build_tables.attach_build(connection, self.home.build_database)
            build_tables.stage_figures(connection, self.previous_path)
            self._refuse_empty(connection)
            held = {hold.indicator_code: hold for hold in gate.held}
            definition_rows = read_definitions(connection, "build.marts.dim_indicator", manifest)
            connection.execute("CREATE TEMP TABLE definition AS FROM indicator LIMIT 0")
            snapshot_file.insert_into(connection, "definition", definition_rows)
            build_tables.keep_last_good(connection, held)
            large = difference.find_large_changes(
                connection,
                published_as_of=None if self.previous is None else self.previous.as_of,
                district_code=self.area.code,
                reasons=self.reasons,
            )
            held |= {hold.indicator_code: hold for hold in large}
            build_tables.keep_last_good(connection, held)
            contracts = self.ledger.contracts()
            batches = self.ledger.batches()
            ledger_tables.attach_ledger(connection, self.home, self.ledger)
            settled = sign_offs.settle(
                connection,
                self.ledger.sign_offs(),
                results=gate.results,
                held=held,
                policy=unsigned(),
                district_code=self.area.code,
                zone=self.area.zone,
                published_at=self.published_at,
                snapshot_id=self.snapshot_id,
            )
            mark_held(definition_rows, settled.holds(definition_rows) | held)
            revisions = difference.revisions(
                connection,
                reasons=self.reasons,
                snapshot_id=self.snapshot_id,
                published_at=self.published_at,
                code_version=self.code_version,
                as_of=self.as_of,
                corrections={correction.batch_id for correction in self.ledger.owner_corrections()},
                changed=changed_batches(connection),
                registers=register_changes(connection),
            )
            snapshot_file.insert(connection, "indicator", definition_rows)
            ledger_tables.fill_from_ledger(connection)
            ledger_tables.fill_feeds(connection, contracts)
            fill_waiting(connection, contracts)
            ledger_tables.fill_freshness(connection, contracts, batches, as_of=self.as_of, district=self.area)
            build_tables.fill_observations(connection, as_of=self.as_of)
            expected = fill_expected(
                connection, contracts, batches, self.ledger.batch_days(), as_of=self.as_of, district=self.area
            )
            build_tables.fill_evidence(connection)
            sign_offs.fill(connection, settled)
            build_tables.fill_subdistricts(connection)
            build_tables.fill_departments(connection, definition_rows, contracts)
            fill_lineage(
                connection, manifest, contracts, definition_rows, remembered=self.home.column_lineage, keep=keep
            )
            snapshot_file.insert(
                connection,
                "failed_row",
                failed_rows(
                    self.home,
                    self.ledger,
                    contracts,
                    batches,
                    self.ledger.check_results(scope="feed", with_failed_rows=True),
                ),
            )
            snapshot_file.insert(connection, "failed_row", self.reconciled.failed_rows)
            self.feed_results = self._feed_results(contracts, batches, expected)
            self._insert_checks(connection, [*gate.results, *self.feed_results])
            self._insert_own_rows(connection, revisions, any(contract.simulated for contract in contracts))
            fill_quality_scores(connection, self.previous_path)
            trends = RememberedTrends(self.home.trends)
            fill_progress(connection, self.as_of, trends)
            if keep:
                trends.keep()
            snapshot_file.assert_keys(connection)
            connection.execute("DETACH build")
            snapshot_file.close_and_flush(connection, self.file)
        return Built(revisions, tuple(held[code] for code in sorted(held)), settled)

    def _feed_results(
        self, contracts: Sequence[FeedContract], batches: Sequence[Batch], expected: Sequence[ExpectedBatch]
    ) -> list[CheckResult]:
        return [
            *self.reconciled.results,
            *delivery_results(
                contracts, expected, as_of=self.as_of, run_id=self.run_id, evaluated_at=self.published_at
            ),
            *reachability_results(
                contracts,
                self.ledger.last_pulls(),
                self.ledger.problems(),
                run_id=self.run_id,
                evaluated_at=self.published_at,
            ),
            *admission_results(
                contracts,
                batches,
                self.ledger.rejects,
                run_id=self.run_id,
                evaluated_at=self.published_at,
            ),
        ]

    def put_out(self, built: Built, gate: GateResult, step: Callable[[str], None]) -> PublishReport:
        """Put the file in place, record it, switch readers; or leave all as it is when nothing changed."""
        previous = self.previous
        if built.settled.withheld or self.ledger.withheld():  # also when readers see nothing new
            self.ledger.replace_withheld(built.settled.withheld, at=self.published_at)
        if previous is not None and not built.revisions and not self._differs_from(previous):
            return self.report(previous, built, gate, published=False)
        file_hash = file_sha256(self.file)
        put_in_place(self.home, self.file, self.snapshot_id)
        step("placed")
        with self.ledger.begin() as transaction:
            recorded = transaction.add_snapshot(
                self.snapshot_id,
                as_of=self.as_of,
                run_id=self.run_id,
                code_version=self.code_version,
                published_at=self.published_at,
                file_sha256=file_hash,
            )
            transaction.add_revisions(built.revisions)
            transaction.add_sign_offs(built.settled.voids)
        step("recorded")
        switch_to(self.home, self.snapshot_id)
        step("switched")
        self.ledger.set_snapshot_state(self.snapshot_id, "published")
        step("published")
        return self.report(recorded, built, gate, published=True)

    def clear(self) -> None:
        """Remove what is left in the workspace."""
        for leftover in (self.file, self.file.with_name(self.file.name + ".wal")):
            leftover.unlink(missing_ok=True)

    def _differs_from(self, previous: Snapshot) -> bool:
        path = snapshot_path(self.home, previous.snapshot_id)
        return differ(path, self.file, ignore=_SAME_FACTS)

    def _refuse_empty(self, connection: duckdb.DuckDBPyConnection) -> None:
        built, published = (
            connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]
            for name in ("built_figure", "published_figure")
        )
        if published and not built:
            raise PublishRefused(
                f"marts.fct_indicator_observation 为空，而上次发布有 {published} 个数值。未发布；请查看 dbt build。",
                f"marts.fct_indicator_observation is empty, while the last publication has {published} figures. "
                "Nothing was published; see the outcome of dbt build.",
            )

    def _insert_checks(self, connection: duckdb.DuckDBPyConnection, results: Sequence[CheckResult]) -> None:
        names = {column.name for column in TABLES["check_result"].columns}
        rows = [
            {name: value for name, value in snapshot_file.row_of(result).items() if name in names} for result in results
        ]
        for position, row in enumerate(rows):
            row["check_result_id"] = f"{self.snapshot_id}-{position:05d}"
        snapshot_file.insert(connection, "check_result", rows)

    def _insert_own_rows(
        self, connection: duckdb.DuckDBPyConnection, revisions: Sequence[NewRevision], simulated: bool
    ) -> None:
        known = dict(
            connection.execute(
                """
                SELECT (indicator_code, period_type, period_start, period_end, area_code), max(revision_number)
                FROM indicator_revision GROUP BY 1
                """
            ).fetchall()
        )
        seq = connection.execute("SELECT coalesce(max(seq), 0) FROM indicator_revision").fetchall()[0][0]
        rows = []
        for position, revision in enumerate(revisions, start=1):
            figure = (
                revision.indicator_code,
                revision.period_type,
                revision.period_start,
                revision.period_end,
                revision.area_code,
            )
            rows.append(
                snapshot_file.row_of(revision) | {"revision_number": known.get(figure, 0) + 1, "seq": seq + position}
            )
        snapshot_file.insert(connection, "indicator_revision", rows)
        difference.mark_comparable(connection)
        new = sum(revision.reason_class == "first_publication" for revision in revisions)
        own = {
            "snapshot_id": self.snapshot_id,
            "number": self.number,
            "as_of": self.as_of,
            "published_at": self.published_at,
        }
        snapshot_file.insert(
            connection,
            "publication",
            [own | {"state": "published", "new_figures": new, "revised_figures": len(revisions) - new}],
        )
        snapshot_file.insert(
            connection,
            "snapshot",
            [
                own
                | {
                    "run_id": self.run_id,
                    "code_version": self.code_version,
                    "previous_snapshot_id": None if self.previous is None else self.previous.snapshot_id,
                    "district_code": self.area.code,
                    "district_zh": self.area.name_zh,
                    "district_en": self.area.name_en,
                    "time_zone": self.area.zone,
                    "plan_start": self.area.plan_start,
                    "plan_end": self.area.plan_end,
                    "simulated": simulated,
                }
            ],
        )

    def report(self, snapshot: Snapshot, built: Built, gate: GateResult, *, published: bool) -> PublishReport:
        """What is said of the publication; `snapshot` is the one that is current afterwards."""
        new = [r for r in built.revisions if r.reason_class == "first_publication"]
        gone = [r for r in built.revisions if r.value is None]
        return PublishReport(
            snapshot_id=snapshot.snapshot_id,
            number=snapshot.number,
            as_of=self.as_of,
            published=published,
            new_figures=len(new),
            revised_figures=len(built.revisions) - len(new) - len(gone),
            withdrawn_figures=len(gone),
            held=built.held,
            changes=tuple(
                FigureChange(
                    r.indicator_code,
                    r.period_type,
                    r.period_start,
                    r.period_end,
                    r.previous_value,
                    r.value,
                    r.reason_class,
                    r.reason,
                )
                for r in built.revisions
                if r.area_code == self.area.code
            ),
            checks=gate.results,
            voided=len(built.settled.voids),
            withheld=len(built.settled.withheld),
        )


class Built:
    """What filling the snapshot brought to light."""

    def __init__(
        self, revisions: list[NewRevision], held: tuple[HeldIndicator, ...], settled: sign_offs.Settled
    ) -> None:
        self.revisions = revisions
        self.held = held
        self.settled = settled
