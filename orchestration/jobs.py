"""Jobs: what can be run as one thing.

Belongs here: selections of assets with a name. Does not belong here: when they run (`schedules.py`, `sensors.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import dagster as dg

from orchestration.feeds import raw_key
from orchestration.outcome import OUTCOME_KEY
from sources.contract.feed import Feed

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

EVERYTHING = "everything"
PULL = "pull"
BUILD = "build"
OUTCOME = "outcome"


def raw_selection(feed: Feed) -> dg.AssetSelection:
    """The raw assets of one feed."""
    return dg.AssetSelection.assets(*(raw_key(feed.name, entity) for entity in feed.entities))


def not_raw() -> dg.AssetSelection:
    """Everything behind admission: all layers of dbt, publishing, the outcome."""
    return dg.AssetSelection.all() - dg.AssetSelection.key_prefixes("raw")


def pull_jobs() -> list[UnresolvedAssetJobDefinition]:
    """The two jobs that need no dbt: taking deliveries in, and giving the verdict."""
    return [
        dg.define_asset_job(
            PULL,
            selection=dg.AssetSelection.key_prefixes("raw"),
            description="只接收与准入，不计算 / Take deliveries in, build nothing",
        ),
        dg.define_asset_job(
            OUTCOME,
            selection=dg.AssetSelection.assets(OUTCOME_KEY),
            description="只给出结论 / Give the verdict alone",
        ),
    ]


def build_jobs(feeds: Mapping[str, Feed]) -> list[UnresolvedAssetJobDefinition]:
    """The job for all, one per feed (its deliveries, then everything behind admission), and building alone."""
    return [
        dg.define_asset_job(
            EVERYTHING,
            selection=dg.AssetSelection.all(),
            description="全部数据源：接收、准入、计算、发布 / All feeds: pull, admit, build, publish",
        ),
        dg.define_asset_job(
            BUILD, selection=not_raw(), description="由已准入数据计算并发布 / Build and publish what was admitted"
        ),
        *(
            dg.define_asset_job(
                feed.name,
                selection=raw_selection(feed) | not_raw(),
                description=f"{feed.label_zh}：接收、准入、计算、发布 / {feed.label_en}: pull, admit, build, publish",
                tags={"department": feed.department_code},
            )
            for feed in feeds.values()
        ),
    ]
