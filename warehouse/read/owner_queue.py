"""What waits for a department: its feeds, and the items that somebody there should act on, most harmful first.

Belongs here: questions to one snapshot. Does not belong here: what owners have answered (`warehouse.owner_desk`),
how it is shown, deciding any state.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final, Literal
from zoneinfo import ZoneInfo

from warehouse.calendar import next_due
from warehouse.read.feeds import AWAITED
from warehouse.read.reader import SnapshotReader

ItemKind = Literal["batch", "due", "check", "reject"]

# Fewer persons than five behind a number can be guessed by colleagues who know the house: the bound that statistical
# offices use for small cells. It holds where an entity carries personal fields.
SMALL_COUNT: Final = 5
# Rows that admission sets aside by itself: nobody has to act.
ROUTINE: Final = ("reject.duplicate_row", "reject.older_version")


@dataclass(frozen=True, slots=True)
class OwnedEntity:
    """One table that a department delivers. Times are UTC, naive; days district-local.

    `next_due_at` is the next deadline after the publication's day; None where nothing is ever due. `personal`: some
    field is protected. `held`, `failing`, `rejected` are open matters: batches held, checks of the newest batch that
    did not pass, rejected rows that somebody could correct.
    """

    feed: str
    entity: str
    feed_label_zh: str
    feed_label_en: str
    label_zh: str
    label_en: str
    state: str
    days_late: int | None
    data_period_end: date | None
    expected_period_end: date | None
    due_at: datetime | None
    next_due_at: datetime | None
    next_period_end: date | None
    personal: bool
    indicators: list[str]
    headline: int
    supporting: int
    held: int
    failing: int
    rejected: int
    rejected_at_least: bool


@dataclass(frozen=True, slots=True)
class QueueItem:
    """Something to act on. `subject` names it as owners' actions do; `batch_id` is the newest batch that shows it.

    `headline`, `supporting`, `operational` count the published indicators that rest on the entity, by tier; `figures`
    the district's figures that rest on the batch itself. `rows` counts failing rows, None where whole batches or
    deliveries fail; `rows_at_least`: the snapshot holds samples only, there may be more.
    """

    kind: ItemKind
    feed: str
    entity: str
    subject: str
    key: str
    batch_id: str | None
    batches: int
    title_zh: str
    title_en: str
    meaning_zh: str
    meaning_en: str
    state: str
    rows: int | None
    rows_at_least: bool
    headline: int
    supporting: int
    operational: int
    figures: int
    due_at: datetime | None
    noticed_at: datetime | None
    """When the newest batch that shows it was decided (UTC, naive): what was said before does not speak of it."""


# The published indicators that rest on an entity, by tier.
_HURT: Final = """
    SELECT f.feed, f.entity,
           count(*) FILTER (i.tier = 'headline') AS headline,
           count(*) FILTER (i.tier = 'supporting') AS supporting,
           count(*) FILTER (i.tier NOT IN ('headline', 'supporting')) AS operational
    FROM feed AS f JOIN indicator AS i ON list_contains(i.entities, f.feed || '.' || f.entity)
    WHERE i.state <> 'undefined'
    GROUP BY ALL
"""
# Held batches that nothing has replaced: neither a correction nor a later delivery of the same period.
_HELD: Final = """
    SELECT b.* FROM batch AS b
    WHERE b.status = 'held' AND b.superseded_by IS NULL AND NOT EXISTS (
        SELECT 1 FROM batch AS later
        WHERE later.feed = b.feed AND later.entity = b.entity AND later.status IN ('admitted', 'superseded')
          AND later.received_at > b.received_at
          AND (later.period_start = b.period_start AND later.period_end = b.period_end
               OR later.file_name = b.file_name)
    )
"""
# The newest result of each check; those of held batches are told with the batch.
_FAILING: Final = """
    SELECT c.* FROM (
        SELECT * FROM check_result WHERE scope = 'feed'
        QUALIFY row_number() OVER (
            PARTITION BY feed, entity, check_key ORDER BY evaluated_at DESC, check_result_id DESC
        ) = 1
    ) AS c
    JOIN batch AS b ON b.batch_id = c.batch_id
    WHERE c.outcome <> 'PASSED' AND b.status = 'admitted'
"""
# Rejected rows of admitted batches, one line a reason code.
_REJECTED_ROWS: Final = "count(DISTINCT (r.batch_id, r.file_name, r.sheet, r.row_number)) AS rows"
_REJECTED_FROM: Final = """
    FROM failed_row AS r JOIN batch AS b ON b.batch_id = r.batch_id
    WHERE r.check_key LIKE 'reject.%' AND NOT list_contains($routine, r.check_key) AND b.status = 'admitted'
    GROUP BY ALL
"""
_REJECTED: Final = f"""
    SELECT r.feed, r.entity, r.check_key, max_by(r.batch_id, b.received_at) AS batch_id,
           count(DISTINCT r.batch_id) AS batches,
           {_REJECTED_ROWS},
           -- the snapshot holds so many samples of a rule in a batch, and batches of a rule (publish/failed_rows.py)
           bool_or(r.sample_number >= 200) OR count(DISTINCT r.batch_id) >= 25 AS rows_at_least,
           mode(r.reason_zh) AS reason_zh, mode(r.reason_en) AS reason_en
    {_REJECTED_FROM}
"""
_QUEUE: Final = f"""
    WITH hurt AS ({_HURT}), held AS ({_HELD}), failing AS ({_FAILING}), rejected AS ({_REJECTED}), item AS (
        SELECT 'batch' AS kind, feed, entity, 'batch/' || batch_id AS subject, batch_id AS key, batch_id,
               1 AS batches, file_name AS title_zh, file_name AS title_en, coalesce(reason_zh, '') AS meaning_zh,
               coalesce(reason_en, '') AS meaning_en, 'held' AS state, NULL::BIGINT AS rows, false AS rows_at_least
        FROM held
        UNION ALL BY NAME
        SELECT 'due' AS kind, feed, entity, 'due/' || expected_period_end AS subject,
               CAST(expected_period_end AS VARCHAR) AS key, last_batch_id AS batch_id, 1 AS batches,
               '' AS title_zh, '' AS title_en, '' AS meaning_zh, '' AS meaning_en, state, NULL AS rows,
               false AS rows_at_least
        FROM feed_freshness AS r WHERE {AWAITED}
        UNION ALL BY NAME
        SELECT 'check' AS kind, feed, entity, 'check/' || check_key AS subject, check_key AS key, batch_id,
               1 AS batches, name_zh AS title_zh, name_en AS title_en, coalesce(reason, '') AS meaning_zh,
               coalesce(reason, '') AS meaning_en, outcome AS state, failed_rows AS rows, false AS rows_at_least
        FROM failing
        UNION ALL BY NAME
        SELECT 'reject' AS kind, feed, entity, 'reject/' || replace(check_key, 'reject.', '') AS subject,
               check_key AS key, batch_id, batches, reason_zh AS title_zh, reason_en AS title_en,
               '' AS meaning_zh, '' AS meaning_en, 'rejected' AS state, rows, rows_at_least
        FROM rejected
    )
    , used AS (
        SELECT batch_id, count(DISTINCT (indicator_code, period_type, period_start, period_end)) AS figures
        FROM indicator_evidence
        WHERE area_code = (SELECT district_code FROM snapshot) AND batch_id IN (SELECT batch_id FROM item)
        GROUP BY batch_id
    )
    SELECT item.*, coalesce(hurt.headline, 0) AS headline, coalesce(hurt.supporting, 0) AS supporting,
           coalesce(hurt.operational, 0) AS operational, coalesce(used.figures, 0) AS figures, fresh.due_at,
           CASE WHEN kind IN ('check', 'reject') THEN shown.decided_at END AS noticed_at
    FROM item
    LEFT JOIN batch AS shown ON shown.batch_id = item.batch_id
    JOIN feed ON feed.feed = item.feed AND feed.entity = item.entity
    LEFT JOIN hurt ON hurt.feed = item.feed AND hurt.entity = item.entity
    LEFT JOIN used ON used.batch_id = item.batch_id
    LEFT JOIN feed_freshness AS fresh ON fresh.feed = item.feed AND fresh.entity = item.entity
    WHERE $department IS NULL OR feed.department_code = $department
    ORDER BY headline DESC, supporting DESC, operational DESC, fresh.due_at NULLS LAST,
             list_position(['batch', 'due', 'check', 'reject'], kind), item.feed, item.entity, item.subject
"""


def queue(reader: SnapshotReader, *, department: str | None = None) -> list[QueueItem]:
    """What waits for a department, or for all: by the published indicators that rest on it, headline ones first, then
    by the deadline."""
    return reader.records(QueueItem, _QUEUE, {"department": department, "routine": list(ROUTINE)})


def held_batches(reader: SnapshotReader) -> frozenset[str]:
    """Ids of the held batches that somebody still has to act on: nothing has replaced them."""
    return frozenset(row["batch_id"] for row in reader.rows(f"SELECT batch_id FROM ({_HELD})"))


def entities(reader: SnapshotReader, *, department: str | None = None) -> list[OwnedEntity]:
    """The tables that a department delivers, in the order of their next deadline."""
    rows = reader.rows(
        f"""
        WITH hurt AS ({_HURT}), held AS ({_HELD}), failing AS ({_FAILING}), rejected AS ({_REJECTED}),
        -- A row that breaks two rules is one row.
        rejected_row AS (SELECT r.feed, r.entity, {_REJECTED_ROWS} {_REJECTED_FROM})
        SELECT f.feed, f.entity, f.feed_label_zh, f.feed_label_en, f.label_zh, f.label_en, f.calendar, f.fields,
               coalesce(r.state, 'not_delivered') AS state, r.days_late, r.data_period_end, r.expected_period_end,
               r.due_at,
               coalesce(hurt.headline, 0) AS headline, coalesce(hurt.supporting, 0) AS supporting,
               (SELECT count(*) FROM held AS h WHERE h.feed = f.feed AND h.entity = f.entity) AS held,
               (SELECT count(*) FROM failing AS c WHERE c.feed = f.feed AND c.entity = f.entity) AS failing,
               coalesce((SELECT x.rows FROM rejected_row AS x WHERE x.feed = f.feed AND x.entity = f.entity), 0)
               AS rejected,
               (SELECT coalesce(bool_or(x.rows_at_least), false) FROM rejected AS x
                WHERE x.feed = f.feed AND x.entity = f.entity) AS rejected_at_least,
               coalesce((SELECT list(i.indicator_code ORDER BY i.indicator_code) FROM indicator AS i
                         WHERE list_contains(i.entities, f.feed || '.' || f.entity)), []) AS indicators,
               s.as_of, s.time_zone
        FROM feed AS f
        CROSS JOIN snapshot AS s
        LEFT JOIN feed_freshness AS r ON r.feed = f.feed AND r.entity = f.entity
        LEFT JOIN hurt ON hurt.feed = f.feed AND hurt.entity = f.entity
        WHERE $department IS NULL OR f.department_code = $department
        ORDER BY f.feed, f.entity
        """,
        {"department": department, "routine": list(ROUTINE)},
    )
    found = []
    for row in rows:
        calendar, described = json.loads(row.pop("calendar") or "{}"), json.loads(row.pop("fields") or "[]")
        moment = datetime.combine(row.pop("as_of"), time.max, ZoneInfo(zone := row.pop("time_zone")))
        period, due = next_due(calendar, moment, zone) or (None, None)
        personal = any(field.get("protection") for field in described)
        found.append(
            OwnedEntity(
                **row, personal=personal, next_due_at=_naive(due), next_period_end=period.end if period else None
            )
        )
    return sorted(found, key=lambda one: (one.next_due_at is None, one.next_due_at, one.feed, one.entity))


@dataclass(frozen=True, slots=True)
class ItemBatch:
    """A batch with rows that fail a rule; `rows` counts the samples of the snapshot. Times are UTC, naive."""

    batch_id: str
    file_name: str
    received_at: datetime
    period_start: date | None
    period_end: date | None
    status: str
    rows: int
    placed: int
    """Of these, the rows with a place in the file: they can be corrected one by one."""


def batches_of(
    reader: SnapshotReader, feed: str, entity: str, *, check_key: str | None = None, batch_id: str | None = None
) -> list[ItemBatch]:
    """Batches that still count and have rows failing a rule (None: any rule but those that admission settles itself),
    newest first."""
    return reader.records(
        ItemBatch,
        """
        SELECT b.batch_id, b.file_name, b.received_at, b.period_start, b.period_end, b.status,
               count(DISTINCT (r.file_name, r.sheet, coalesce(r.row_number, -r.sample_number))) AS rows,
               count(DISTINCT (r.file_name, r.sheet, r.row_number)) FILTER (r.row_number IS NOT NULL) AS placed
        FROM failed_row AS r JOIN batch AS b ON b.batch_id = r.batch_id
        WHERE r.feed = $feed AND r.entity = $entity AND ($check_key IS NULL OR r.check_key = $check_key)
          AND ($batch_id IS NULL OR r.batch_id = $batch_id) AND NOT list_contains($routine, r.check_key)
          AND b.status IN ('admitted', 'held') AND b.superseded_by IS NULL
        GROUP BY ALL ORDER BY b.received_at DESC, b.batch_id
        """,
        {
            "feed": feed, "entity": entity, "check_key": check_key, "batch_id": batch_id, "routine": list(ROUTINE)
        },
    )  # fmt: skip


def _naive(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment else None


def shown_count(count: int | None, *, personal: bool) -> tuple[int | None, bool]:
    """A count of rows fit to be shown, and whether it is suppressed: it is then under the number given."""
    if count is not None and personal and 0 < count < SMALL_COUNT:
        return SMALL_COUNT, True
    return count, False
