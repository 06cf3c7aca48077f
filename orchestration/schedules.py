"""When feeds are pulled: a schedule per feed and cadence of its contract.

Belongs here: schedules derived from contracts. Does not belong here: the deadlines themselves (contracts), file drops
(`sensors.py`). Schedules are off until someone turns them on: a fresh installation does nothing by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter

import dagster as dg

from orchestration.deadlines import cron_lines
from orchestration.feeds import raw_key
from orchestration.jobs import not_raw
from sources.contract.feed import Feed
from warehouse.district import district


def feed_schedules(feeds: Mapping[str, Feed]) -> list[dg.ScheduleDefinition]:
    """`<feed>_<cadence>`: pulls the entities of that cadence at their deadlines, then builds and publishes."""
    return [schedule for feed in feeds.values() for schedule in _schedules(feed)]


def _schedules(feed: Feed) -> list[dg.ScheduleDefinition]:
    timed = sorted(
        (entity.calendar.cadence, entity.name, cron_lines(entity.calendar))
        for entity in feed.entities.values()
        if entity.calendar and entity.delivered and cron_lines(entity.calendar)
    )
    made = []
    for cadence, entities in groupby(timed, key=itemgetter(0)):
        group = list(entities)
        names = [name for _, name, _ in group]
        selection = dg.AssetSelection.assets(*(raw_key(feed.name, name) for name in names)) | not_raw()
        made.append(
            dg.ScheduleDefinition(
                name=f"{feed.name}_{cadence}",
                target=selection,
                cron_schedule=sorted({line for _, _, lines in group for line in lines}),
                execution_timezone=district().zone,
                description=f"{feed.label_zh} {'、'.join(names)} / {feed.label_en}",
                default_status=dg.DefaultScheduleStatus.STOPPED,
            )
        )
    return made
