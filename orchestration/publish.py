"""Publishing as a Dagster asset, with the checks of the published tables as its asset checks.

Belongs here: calling `warehouse.publish`, marking the build clean. Does not belong here: the gate, snapshots,
revisions.
"""

# No postponed annotations here: Dagster reads the types of a step's parameters when the step is defined.

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import Any

import dagster as dg

from orchestration import build_state
from orchestration.changed_models import Changes
from orchestration.feed_checks import check_result, check_spec, worst
from orchestration.layers import manifest_path
from orchestration.resources import HomeResource
from sources.contract.feed import Feed
from warehouse.checks.published import published_checks
from warehouse.publish.publishing import publish
from warehouse.publish.report import PublishRefused, PublishReport

SNAPSHOT_KEY = dg.AssetKey(["published", "snapshot"])
_UNFINISHED = (
    "没有完整的计算结果，未发布，页面保留上次数据；请运行 district run，它会先把构建补完。",
    "There is no finished build: nothing was published and pages keep the last data. Run `district run`, which "
    "finishes the build first.",
)
_IN_PART = (
    "本次只计算了一部分：有变化的模型中还有 {} 个没有计算，未发布，页面保留上次数据；请运行 district run，它会补全。",
    "This run built only a part: {} models that hang on what changed were not built. Nothing was published and pages "
    "keep the last data. Run `district run`, which builds the rest.",
)


def snapshot_asset(
    built: Collection[dg.AssetKey],
    feeds: Mapping[str, Feed],
    keys_of_models: Callable[[Changes | None], Collection[dg.AssetKey]],
) -> dg.AssetsDefinition:
    """`published/snapshot`, from all that was `built`; its checks are named `<table>__<check key>`.

    `keys_of_models` gives the models that a build has to run after changes (None = all). A run that built only some of
    them publishes nothing: its marts would be of two times. A run that built none publishes what the last build left.
    """
    checks = {
        f"{_short(checked.table)}__{spec.key}": (_short(checked.table), spec)
        for checked in published_checks()
        for spec in checked.checks
    }
    fingerprint = build_state.build_fingerprint(feed.contract_sha256 for feed in feeds.values())

    @dg.multi_asset(
        name="publish",
        specs=[
            dg.AssetSpec(
                SNAPSHOT_KEY,
                deps=sorted(built),
                group_name="published",
                kinds={"duckdb"},
                description="页面读取的不可变快照，原子切换 / The immutable snapshot that pages read",
            )
        ],
        check_specs=[check_spec(name, SNAPSHOT_KEY, spec, table=table) for name, (table, spec) in checks.items()],
    )
    def publish_snapshot(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
        tags = home.tags(context)
        begun = build_state.in_progress(home.home, tags.run_id)
        state = begun or build_state.last_clean(home.home, fingerprint)
        if state is None:
            raise _refused(*_UNFINISHED)
        as_of = date.fromisoformat(state.seen.as_of)
        seen = state.seen if begun else build_state.seen_now(home.ledger, as_of)
        changes = build_state.changes_to_build(home.ledger, state, as_of)
        missing = {key.to_user_string() for key in keys_of_models(changes)} - set(state.built)
        if begun and missing:
            raise _refused(*(text.format(len(missing)) for text in _IN_PART))
        try:
            report = publish(
                home.home,
                home.ledger,
                as_of=as_of,
                run_id=tags.run_id,
                manifest_path=manifest_path(home.home),
                reasons=tags.reasons,
            )
        except PublishRefused as refused:  # readers keep the last snapshot, and the build stays marked as dirty
            raise _refused(refused.zh, refused.en) from refused
        if not missing:  # else what was admitted since the last build still waits for one
            build_state.finish(home.home, tags.run_id, fingerprint, seen)
        yield dg.MaterializeResult(asset_key=SNAPSHOT_KEY, metadata=_shown(report))
        results = home.ledger.check_results(scope="published", run_id=tags.run_id)
        for name, (table, spec) in checks.items():
            result = worst(one for one in results if (one.entity, one.check_key) == (table, spec.key))
            if result is not None:
                yield check_result(name, SNAPSHOT_KEY, result, run_id=tags.run_id)

    return publish_snapshot


def _refused(zh: str, en: str) -> dg.Failure:
    return dg.Failure(f"{zh} / {en}", metadata={"zh": zh, "en": en}, allow_retries=False)


def _shown(report: PublishReport) -> dict[str, Any]:
    """What a reader of Dagster's page wants to know of a publication."""
    held = [f"| {one.indicator_code} | {one.zh} |" for one in report.held]
    return {
        "snapshot": report.snapshot_id,
        "number": report.number,
        "as_of": report.as_of.isoformat(),
        "published": report.published,
        "new_figures": report.new_figures,
        "revised_figures": report.revised_figures,
        "withdrawn_figures": report.withdrawn_figures,
        "held_indicators": len(held),
        **({"held": dg.MetadataValue.md("\n".join(["| indicator | reason |", "|---|---|", *held]))} if held else {}),
    }


def _short(table: str) -> str:
    return table.rpartition(".")[2]
