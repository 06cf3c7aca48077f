"""The dbt sources that follow from the contracts: `python -m sources.contract.dbt_sources [--check]`.

Belongs here: rendering `dbt_project/models/staging/<feed>/_generated__<feed>.yml` of each built-in feed, comparing.
Does not belong here: the views over Parquet that these sources name (a macro of the dbt project makes them).
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from sources.contract.feed import RAW_COLUMNS, Entity, Feed
from sources.contract.generated_file import write_or_check
from sources.contract.loading import load_feeds
from warehouse.home import REPOSITORY

STAGING = REPOSITORY / "dbt_project" / "models" / "staging"

_HEADER = """\
# Written by `python -m sources.contract.dbt_sources` from the feed's contract; a test compares. Do not edit.
"""
_RAW_DESCRIPTIONS: Mapping[str, str] = {
    "_batch_id": "Batch that brought the row",
    "_row": "Number of the row in the delivered file or sheet",
    "_received_at": "When the batch was received (UTC)",
    "_generated_at": "When the source says that it made the delivery (UTC)",
    "_batch_order": "Larger = later delivered",
    "_deleted": "The source deleted the key",
    "dt": "District-local date of the row's period",
}


def render_source(feed: Feed) -> str:
    """The sources file of `feed`: one source `raw_<feed>`, one table per entity, columns typed as in Parquet.

    `config.meta.raw_path` is relative to the home.
    """
    document = {"version": 2, "sources": [_source(feed)]}
    return _HEADER + yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)


def target_of(feed: Feed, staging: Path = STAGING) -> Path:
    """Where the sources file of `feed` stands: with the models that read it."""
    return staging / feed.name / f"_generated__{feed.name}.yml"


def _source(feed: Feed) -> dict[str, Any]:
    return {
        "name": f"raw_{feed.name}",
        "schema": f"raw_{feed.name}",
        "description": f"{feed.label_zh}（{feed.department_zh}）",
        "tables": [_table(entity) for entity in feed.entities.values()],
    }


def _table(entity: Entity) -> dict[str, Any]:
    columns = [{"name": name, "data_type": kind} for name, kind in entity.raw_columns.items()]
    meta = {
        "raw_path": f"raw/{entity.feed}/{entity.name}",
        "key": list(entity.key),
        "history": entity.history,
        "columns": [dict(column) for column in columns],
        "dagster": {"asset_key": ["raw", entity.feed, entity.name]},
    }
    return {
        "name": entity.name,
        "description": f"{entity.label_zh}：{entity.description}" if entity.description else entity.label_zh,
        "config": {"meta": meta},
        "columns": [column | {"description": _description(entity, column["name"])} for column in columns],
    }


def _description(entity: Entity, column: str) -> str:
    if column in RAW_COLUMNS:
        return _RAW_DESCRIPTIONS[column]
    field = entity.fields[column]
    return f"{field.label_zh}（{field.unit}）" if field.unit else field.label_zh


def main(arguments: Sequence[str] | None = None, *, staging: Path = STAGING) -> int:
    """Write the files, or with --check say (exit code 1) which of them do not match the contracts."""
    # The committed files are about the built-in feeds, not about DISTRICT_FEEDS.
    feeds = load_feeds(())
    wanted = {target_of(feed, staging): feed for feed in feeds.values()}
    outcomes = [
        write_or_check(
            arguments,
            module="sources.contract.dbt_sources",
            target=target,
            render=functools.partial(render_source, feed),
        )
        for target, feed in wanted.items()
    ]
    return max(outcomes, default=0)


if __name__ == "__main__":
    sys.exit(main())
