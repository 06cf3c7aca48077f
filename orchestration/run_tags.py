"""Tags that a run carries: who asked for it and what it is about.

Belongs here: the tag names and their typed reading. Does not belong here: Dagster's own tags, acting on them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Self

from warehouse.publish.report import Reason

RUN_ID = "district/run_id"
AS_OF = "district/as_of"
FROM = "district/from"
TO = "district/to"
FEEDS = "district/feeds"
REASONS = "district/reasons"


@dataclass(frozen=True, slots=True)
class RunTags:
    """What a run is about.

    `run_id` names one `district run` through all of its Dagster runs. `as_of` is the district-local day that the
    figures are judged on. `period` (first and last day, both inclusive) asks for deliveries of those days again;
    None = everything that is new. `feeds` empty = all feeds. `reasons` (indicator code -> why) let large changes of
    published figures through.
    """

    run_id: str
    as_of: date
    period: tuple[date, date] | None = None
    feeds: tuple[str, ...] = ()
    reasons: Mapping[str, Reason] = field(default_factory=dict)

    def to_dagster(self) -> dict[str, str]:
        """The tags of a Dagster run."""
        tags = {RUN_ID: self.run_id, AS_OF: self.as_of.isoformat()}
        if self.period:
            tags |= {FROM: self.period[0].isoformat(), TO: self.period[1].isoformat()}
        if self.feeds:
            tags[FEEDS] = ",".join(self.feeds)
        if self.reasons:
            tags[REASONS] = json.dumps({code: asdict(reason) for code, reason in self.reasons.items()})
        return tags

    @staticmethod
    def of_command(tags: Mapping[str, str]) -> bool:
        """Whether a Dagster run belongs to a `district run`, which keeps its record and notifies by itself."""
        return RUN_ID in tags

    @classmethod
    def from_dagster(cls, tags: Mapping[str, str], *, run_id: str, today: date) -> Self:
        """Read back; a run started in Dagster's own pages has none of them: its own id, today, everything new."""
        period = (date.fromisoformat(tags[FROM]), date.fromisoformat(tags[TO])) if FROM in tags and TO in tags else None
        return cls(
            run_id=tags.get(RUN_ID, run_id),
            as_of=date.fromisoformat(tags[AS_OF]) if AS_OF in tags else today,
            period=period,
            feeds=tuple(filter(None, tags.get(FEEDS, "").split(","))),
            reasons={code: Reason(**values) for code, values in json.loads(tags.get(REASONS, "{}")).items()},
        )
