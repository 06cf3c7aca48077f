"""The last step of a run: red by the worst check, after everything that could be published was published.

Belongs here: turning a verdict into a failed step, telling other catalogues of the run. Does not belong here: the
judgement (`verdict.py`).
"""

# No postponed annotations here: Dagster reads the types of a step's parameters when the step is defined.

from collections.abc import Collection
from datetime import UTC, datetime

import dagster as dg

from orchestration import build_state
from orchestration.publish import SNAPSHOT_KEY
from orchestration.resources import HomeResource
from orchestration.run_tags import RunTags
from orchestration.verdict import end_run, judge
from warehouse import clock
from warehouse.export import openlineage
from warehouse.ledger import Ledger

OUTCOME_KEY = dg.AssetKey("run_outcome")


def outcome_asset(feeds: Collection[str]) -> dg.AssetsDefinition:
    """`run_outcome`, which fails when a batch is held, a source was unreachable or a blocking check failed."""

    @dg.asset(
        key=OUTCOME_KEY,
        deps=[SNAPSHOT_KEY],
        group_name="published",
        kinds={"python"},
        description="本次运行的结论：有扣留批次、不可达数据源或阻断检查未通过时为红 / The verdict of the run",
    )
    def run_outcome(context: dg.AssetExecutionContext, home: HomeResource) -> dg.MaterializeResult[None]:
        tags = home.tags(context)
        built = build_state.read(home.home)
        runs = {tags.run_id, built.run_id} if built else {tags.run_id}
        verdict = judge(home.home, home.ledger, runs, tags.feeds or feeds)
        if not RunTags.of_command(context.run.tags) and home.ledger.runs(tags.run_id):
            end_run(home.ledger, tags.run_id, fine=verdict.fine)
        told = openlineage.report(
            home.home,
            openlineage.EndedRun(
                run_id=tags.run_id,
                started_at=_started_at(context, home.ledger, tags.run_id),
                ended_at=clock.now(),
                fine=verdict.fine,
                built=built is not None and built.run_id == tags.run_id and built.state == "clean",
            ),
        )
        if told:
            context.log.info(f"OpenLineage: {told}")
        if not verdict.fine:
            raise dg.Failure(
                description="\n".join(str(reason) for reason in verdict.reasons),
                metadata={"reasons": len(verdict.reasons)},
                allow_retries=False,
            )
        return dg.MaterializeResult(metadata={"reasons": 0})

    return run_outcome


def _started_at(context: dg.AssetExecutionContext, ledger: Ledger, run_id: str) -> datetime:
    """When the run began, UTC: `district run` takes deliveries in before, and its build is a Dagster run of its own."""
    known = ledger.runs(run_id)
    if known:
        return known[0].started_at
    record = context.instance.get_run_record_by_id(context.run_id)
    return datetime.fromtimestamp(record.start_time, UTC) if record and record.start_time else clock.now()
