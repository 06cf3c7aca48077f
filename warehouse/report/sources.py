"""The appendix: where each figure comes from.

Belongs here: definition, feeds and batches with their hashes of the figure that the report gives. Does not belong here:
recomputing a figure (`district trace`), comparing bytes with hashes (`district verify`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from warehouse.read import SnapshotReader
from warehouse.read.feeds import freshness
from warehouse.read.indicator import Evidence, definition, evidence
from warehouse.read.overview import OverviewRow
from warehouse.report.indicator_lines import about_row
from warehouse.report.numbers import About, Number, Numbers, Prose

# A month of daily deliveries would fill a page: the newest ones stand alone, all are under one hash.
NEWEST_BATCHES: Final = 2


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One batch: its file, what it gave, its hash."""

    batch_id: str
    file: str
    period: Number
    rows: Number
    sha256: Number


@dataclass(frozen=True, slots=True)
class EntitySource:
    """The batches of one delivered table that a figure rests on, newest first.

    `together` is the SHA-256 of all batches' hashes: sorted, as lines that each end with a line feed.
    """

    name: str
    count: Number
    rows: Number
    together: Number
    newest: list[BatchLine]
    more: bool


@dataclass(frozen=True, slots=True)
class IndicatorSource:
    """Definition and deliveries behind an indicator's figure; `entities` is empty where there is no figure."""

    code: str
    name: str
    version: Number
    definition: Prose
    numerator: str
    denominator: str
    source: str
    target_source: str
    illustrative: bool
    department: str
    next_on: Number | None
    feeds: str
    entities: list[EntitySource]


def indicator_source(
    reader: SnapshotReader, numbers: Numbers, row: OverviewRow, names: dict[str, str]
) -> IndicatorSource:
    """The sources of the figure in `row`; `names` are those of the feeds."""
    told = definition(reader, row.indicator_code)
    about = about_row(row)
    batches = (
        []
        if row.value is None
        else evidence(reader, row.indicator_code, period_end=row.period_end, period_type=row.period_type)
    )
    batches.sort(key=_table)  # stable: the newest of each table stays first
    by_table = [list(found) for _, found in groupby(batches, key=_table)]
    return IndicatorSource(
        code=row.indicator_code,
        name=row.name_zh,
        version=numbers.of_figure(about, "version", str(row.definition_version), "口径版本"),
        definition=numbers.sentence(about, "d", told.definition_zh, "口径"),
        numerator=told.numerator_zh or "",
        denominator=told.denominator_zh or "",
        source=told.source or "",
        target_source=told.target_source or "",
        illustrative=bool(told.target_illustrative),
        department=told.department_zh or told.workflow_owner_zh or "",
        next_on=numbers.of_figure(about, "next_on", f"{told.workflow_next_on}", "口径下一节点")
        if told.workflow_next_on
        else None,
        feeds="、".join(dict.fromkeys(names.get(feed, feed) for feed in told.feeds)),
        entities=[_entity(numbers, about, place, found) for place, found in enumerate(by_table, start=1)],
    )


def feed_names(reader: SnapshotReader) -> dict[str, str]:
    """Feed -> its Chinese name."""
    return {row.feed: row.feed_label_zh for row in freshness(reader)}


def _table(batch: Evidence) -> tuple[str, str]:
    return batch.feed, batch.entity


def _entity(numbers: Numbers, about: About, place: int, batches: list[Evidence]) -> EntitySource:
    """`place` keeps the ids of an indicator's tables apart."""

    def number(measure: str, text: str, label: str) -> Number:
        return numbers.of_figure(about, f"e{place}{measure}", text, f"{batches[0].label_zh} {label}")

    together = hashlib.sha256("".join(f"{sha}\n" for sha in sorted(batch.sha256 for batch in batches)).encode())
    return EntitySource(
        name=batches[0].label_zh,
        count=number("n", str(len(batches)), "批次数"),
        rows=number("r", f"{sum(batch.rows or 0 for batch in batches):,}", "行数"),
        together=number("h", together.hexdigest(), "合并哈希"),
        newest=[
            BatchLine(
                batch_id=batch.batch_id,
                file=batch.file_name,
                period=number(f"p{nth}", f"{batch.period_start} 至 {batch.period_end}", "批次数据期"),
                rows=number(f"r{nth}", "未计" if batch.rows is None else f"{batch.rows:,}", "批次行数"),
                sha256=number(f"h{nth}", batch.sha256, "批次哈希"),
            )
            for nth, batch in enumerate(batches[:NEWEST_BATCHES], start=1)
        ],
        more=len(batches) > NEWEST_BATCHES,
    )
