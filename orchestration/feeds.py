"""Feeds as Dagster assets: one step per feed, one asset per entity, one partition per district-local day.

Belongs here: what a contract says, as asset specifications; calling the intake. Does not belong here: reading,
checking or storing a delivery (`sources`), when a feed runs (`schedules.py`, `sensors.py`).
"""

# No postponed annotations here: Dagster reads the types of a step's parameters when the step is defined.

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg

from orchestration.deadlines import freshness_policy
from orchestration.feed_checks import check_result, check_spec, worst
from orchestration.progress import Counted, say_steps
from orchestration.pull_processes import Pulling, deliveries_a_year
from orchestration.resources import HomeResource
from orchestration.run_tags import RunTags
from orchestration.verdict import end_run
from sources.contract.feed import Entity, Feed
from sources.intake import BatchOutcome, PullReport
from sources.step_times import StepTimes
from warehouse import clock
from warehouse.district import district
from warehouse.ledger import Ledger

# Any other owner makes Dagster refuse the asset, and with it all feeds.
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,7}")


def raw_key(feed: str, entity: str) -> dg.AssetKey:
    """`raw/<feed>/<entity>`."""
    return dg.AssetKey(["raw", feed, entity])


def days() -> dg.DailyPartitionsDefinition:
    """District-local days from the start of the plan to today; data of earlier days is kept, but has no partition."""
    plan = district()
    return dg.DailyPartitionsDefinition(plan.plan_start.isoformat(), timezone=plan.zone, end_offset=1)


def raw_assets(feeds: Mapping[str, Feed]) -> Sequence[dg.AssetsDefinition]:
    """One multi-asset per feed; a subset of its entities can be pulled."""
    return [_feed_assets(feed) for feed in feeds.values()]


def _feed_assets(feed: Feed) -> dg.AssetsDefinition:
    partitions = days()
    check_specs = {
        dg.AssetCheckKey(raw_key(feed.name, entity.name), check.key): check_spec(
            check.key,
            raw_key(feed.name, entity.name),
            check,
            owner=feed.owner,
            contract=f"{feed.path.name} {feed.version}",
            **({"column": check.column} if check.column else {}),
        )
        for entity in feed.entities.values()
        for check in entity.checks
    }

    @dg.multi_asset(
        name=f"pull_{feed.name}",
        specs=[_entity_spec(feed, entity) for entity in feed.entities.values()],
        check_specs=list(check_specs.values()),
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,
        op_tags={"dagster/priority": str(deliveries_a_year(feed))},  # in the order in which processes pull them
    )
    def pull_feed(
        context: dg.AssetExecutionContext, home: HomeResource, pulling: dg.ResourceParam[Pulling]
    ) -> Iterator[Any]:
        tags = home.tags(context)
        entities = [entity for entity in feed.entities if raw_key(feed.name, entity) in context.selected_asset_keys]
        counted = Counted(context, f"{feed.label_zh} / {feed.label_en}")
        if not RunTags.of_command(context.run.tags):
            home.ledger.start_run(tags.run_id, as_of=tags.as_of, feeds=[feed.name])
        report = pulling(
            feed,
            home.home,
            home.ledger,
            entities=entities,
            period=tags.period or _chosen_days(context),
            as_of=tags.as_of,
            run_id=tags.run_id,
            on_step=lambda step, _: counted.add(step == "decided"),
        )
        if not RunTags.of_command(context.run.tags):
            fine = not report.problems and all(batch.status != "held" for batch in report.batches)
            end_run(home.ledger, tags.run_id, fine=fine)
        _log(context, report)
        if report.batches:
            say_steps(context, f"{feed.label_zh} / {feed.label_en}", report.times.seconds)
        for entity in entities:
            # The days first: what the run yields has to be the newest materialization that Dagster finds.
            if not (context.has_partition_key or context.has_partition_key_range):
                _mark_days(context, feed.entities[entity], report, home.ledger)
            yield _materialization(feed.entities[entity], report)
        now = defaultdict(list)
        for one in home.ledger.check_results(scope="feed", feed=feed.name, run_id=tags.run_id):
            now[one.entity, one.check_key].append(one)
        for key in context.selected_asset_check_keys:
            check = (key.asset_key.path[-1], key.name)
            # Without a new batch the last known result stands; a check that never ran has none to show.
            result = worst(now[check]) or home.ledger.last_check_result(feed.name, *check)
            if result is not None:
                yield check_result(key.name, key.asset_key, result, run_id=tags.run_id)

    return pull_feed


def _entity_spec(feed: Feed, entity: Entity) -> dg.AssetSpec:
    owners = [owner.contact for owner in feed.owners[-1:] if _ADDRESS.fullmatch(owner.contact)]
    connectors = {feed.servers[item.server].connection.connector for item in entity.deliveries}
    formats = {item.file.format.kind for item in entity.deliveries if item.file}
    delivery = "、".join(f"{item.server} ({item.mode})" for item in entity.deliveries)
    calendar = entity.calendar
    shown: Mapping[str, Any] = {
        "department": f"{feed.department_zh} / {feed.department_en}",
        "feed": f"{feed.label_zh} / {feed.label_en}",
        "contract": str(feed.path),
        "contract_version": feed.version,
        "key": ", ".join(entity.key),
        "history": entity.history,
        "deliveries": delivery or "未接入 / not delivered",
        "cadence": calendar.cadence if calendar else None,
        "deadline_reason": calendar.reason if calendar else None,
        "simulated": feed.simulated,
        "dagster/column_schema": _column_schema(entity),
    }
    return dg.AssetSpec(
        raw_key(feed.name, entity.name),
        description=f"{entity.label_zh} / {entity.label_en}\n\n{entity.description}".strip(),
        group_name=feed.name,
        owners=[*owners, f"team:{feed.department_code}"],
        kinds={"parquet", *connectors, *formats},
        tags={"domain": feed.domain, "department": feed.department_code},
        metadata={key: value for key, value in shown.items() if value is not None},
        code_version=feed.contract_sha256[:12],
        freshness_policy=freshness_policy(calendar) if entity.delivered else None,
    )


def _column_schema(entity: Entity) -> dg.TableSchema:
    columns = []
    for name, column_type in entity.raw_columns.items():
        field = entity.fields.get(name)
        columns.append(
            dg.TableColumn(
                name,
                type=column_type.lower(),
                description=f"{field.label_zh} / {field.label_en}" if field else None,
                constraints=dg.TableColumnConstraints(nullable=not (field and field.required)),
            )
        )
    return dg.TableSchema(columns)


def _chosen_days(context: dg.AssetExecutionContext) -> tuple[date, date] | None:
    """Days chosen in Dagster's pages or by a backfill; None when the run is about whatever is new."""
    if not (context.has_partition_key or context.has_partition_key_range):
        return None
    chosen = context.partition_key_range
    return date.fromisoformat(chosen.start), date.fromisoformat(chosen.end)


def _materialization(entity: Entity, report: PullReport) -> dg.MaterializeResult[Any]:
    """What the run brought of an entity."""
    batches = [batch for batch in report.batches if batch.entity == entity.name]
    admitted = [batch for batch in batches if batch.status == "admitted"]
    spans = [(batch.dt_min, batch.dt_max) for batch in admitted if batch.dt_min and batch.dt_max]
    return dg.MaterializeResult(
        asset_key=raw_key(entity.feed, entity.name),
        metadata={
            "batches": len(batches),
            "admitted": len(admitted),
            "held": sum(batch.status == "held" for batch in batches),
            "dagster/row_count": sum(batch.rows_admitted for batch in admitted),
            "rows_rejected": sum(batch.rows_rejected for batch in batches),
            **({"data_from": str(min(spans)[0]), "data_to": str(max(end for _, end in spans))} if spans else {}),
            **({"seconds_by_step": _seconds(batches)} if batches else {}),
            **({"batch_list": dg.MetadataValue.md(_batch_table(batches))} if batches else {}),
        },
    )


def _seconds(batches: Sequence[BatchOutcome]) -> dict[str, float]:
    """Wall time by step, of batches that were judged beside each other."""
    total = StepTimes()
    for batch in batches:
        total.add(batch.seconds)
    return {name: round(seconds, 3) for name, seconds in total.seconds.items()}


def _mark_days(context: dg.AssetExecutionContext, entity: Entity, report: PullReport, ledger: Ledger) -> None:
    """Record a materialization for each day that got rows, so that the calendar of partitions shows where data is."""
    rows: Counter[date] = Counter()
    for batch in report.batches:
        if batch.entity == entity.name and batch.status == "admitted":
            rows.update({part.dt: part.rows for part in ledger.partitions(batch.batch_id)})
    plan = district()
    for day in sorted(rows):
        if plan.plan_start <= day <= clock.today(plan.time_zone):
            context.log_event(
                dg.AssetMaterialization(
                    raw_key(entity.feed, entity.name),
                    partition=day.isoformat(),
                    metadata={"dagster/row_count": rows[day]},
                )
            )


def _batch_table(batches: Sequence[BatchOutcome], limit: int = 50) -> str:
    """The batches of a run as a Markdown table; the ledger has all, a page shows the last `limit`."""
    lines = ["| batch | status | rows | rejected | reason |", "|---|---|---|---|---|"]
    for batch in batches[-limit:]:
        cells = (batch.batch_id, batch.status, batch.rows_admitted, batch.rows_rejected, batch.reason_zh or "")
        lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    return "\n".join(lines)


def _log(context: dg.AssetExecutionContext, report: PullReport) -> None:
    for batch in report.batches:
        if batch.status == "held":
            context.log.error(f"{batch.entity} {batch.batch_id}: {batch.reason_zh} / {batch.reason_en}")
    for text in dict.fromkeys(f"{problem.zh} / {problem.en}" for problem in report.problems):
        context.log.error(text)  # one source that is down is one line, however many entities it delivers
