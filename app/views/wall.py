"""Wall display: one domain after the other, large, for a hall; nobody clicks.

It says which day and which publication it shows and what time it is, so that a display that hangs is seen.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from app.addresses import PageName
from app.components import badges, frame, indicator_rows, turning
from app.components.markup import show
from app.components.progress import progress
from app.components.states import notice
from app.reading import Reading, current_reading
from app.words.kinds import DOMAINS, TIERS
from warehouse import clock
from warehouse.read import feeds, writing
from warehouse.read.overview import JUDGED, OverviewRow, count_by_status

_ROWS: Final = 6  # lines of 1.6 times the usual size on 900 pixels


def page(reading: Reading) -> None:
    """The domain whose turn it is."""
    words = reading.words
    rows = reading.indicators()
    by_domain = {domain: found for domain in DOMAINS if (found := _of_domain(rows, domain))}
    if not by_domain:
        notice("gray", words("overview.no_headline"), words("overview.no_headline_text"))
    counts = count_by_status([row for row in rows if row.tier == "headline"])
    domains = list(by_domain)
    domain = domains[turning.turn() % len(domains)] if domains else None
    found = by_domain[domain] if domain else []
    awaited = {code for one in reading.ask(feeds.freshness) if one.is_awaited for code in one.indicators}
    show(
        "wall",
        words=words,
        title=words("header.title", district=words.pick(reading.snapshot.district_zh, reading.snapshot.district_en)),
        as_of=writing.day(reading.snapshot.as_of),
        number=reading.snapshot.number,
        snapshot_id=reading.snapshot.snapshot_id,
        simulated=reading.snapshot.simulated,
        idle_days=frame.idle_days(reading),
        now=writing.moment(clock.now(), reading.zone),
        leave=reading.visit.link(PageName.OVERVIEW),
        domains=[(words(DOMAINS[one]), one == domain) for one in domains],
        rows=[_row(reading, row, awaited) for row in found[:_ROWS]],
        more=len(found) - _ROWS,
        total=counts.total,
        judged=counts.assessable,
        counts=[
            (badges.status(state, words), counts.by_status.get(state, 0))
            for state in (*JUDGED, "undefined", "missing", "held")
        ],
    )


def _of_domain(rows: list[OverviewRow], domain: str) -> list[OverviewRow]:
    """The headline indicators of a domain, worst first; then the report's other ones as far as there is room."""
    headline, supporting = (
        sorted((row for row in rows if row.domain == domain and row.tier == tier), key=indicator_rows.worst_first)
        for tier in ("headline", "supporting")
    )
    return headline + supporting[: max(_ROWS - len(headline), 0)]


def _row(reading: Reading, row: OverviewRow, awaited: Collection[str]) -> dict[str, Any]:
    words, language = reading.words, reading.language
    unit = words.pick(row.unit_zh, row.unit_en)
    return {
        "name": words.pick(row.name_zh, row.name_en),
        "binding": row.binding,
        "tier": "" if row.tier == "headline" else words(TIERS.get(row.tier, "state.unknown")),
        "value": writing.figure(row.value, unit, row.decimals, language),
        "target": writing.figure(row.target, unit, row.decimals, language),
        "progress": progress(row.progress_share, row.time_share, row.status, words, big=True),
        "status": badges.status(row.status, words),
        "freshness": badges.freshness(row.freshness, words) if row.indicator_code in awaited else "",
        "sentence": words.pick(row.sentence_zh, row.sentence_en),
    }


page(current_reading())
