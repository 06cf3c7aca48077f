"""What a page about one indicator begins with: the figure, what it means for the plan, and why it is not newer.

Does not belong here: the course over time (`course.py`), where the figure comes from (`lineage.py`, `tables.py`).
"""

from __future__ import annotations

from datetime import date

from app.addresses import PageName
from app.components import badges, states
from app.components.markup import show
from app.components.progress import progress
from app.reading import Reading
from app.words.kinds import DIRECTIONS, TIERS
from warehouse.read import feeds, indicator, overview, sign_offs, writing


def answer(
    reading: Reading,
    row: overview.OverviewRow,
    definition: indicator.Definition,
    *,
    outlook: str | None,
    printed: bool = False,
) -> None:
    """Value, status, sentence, progress and the facts beside them. `outlook`: the forecast in a sentence."""
    words = reading.words
    unit = words.pick(row.unit_zh, row.unit_en)

    def written(value: float | None) -> writing.Figure:
        return writing.figure(value, unit, row.decimals, reading.language)

    def dated(value: float | None, day: date | None) -> str:
        return (
            words("fact.dated", value=written(value).full, day=writing.day(day)) if value is not None else writing.DASH
        )

    change = None
    if row.value is not None and row.previous_value is not None:
        change = writing.difference(row.value, row.previous_value, unit, row.decimals, reading.language)
    facts = [
        (words("fact.target"), dated(row.target, row.target_date)),
        (words("fact.baseline"), dated(definition.baseline_value, definition.baseline_date)),
        (words("fact.required"), written(row.required_value).full),
        (words("fact.year_on_year"), _year_on_year(reading, row, definition)),
        (words("fact.direction"), words(DIRECTIONS.get(row.direction, "state.unknown"))),
        (words("fact.department"), words.pick(definition.department_zh, definition.department_en) or writing.DASH),
        (words("fact.version"), words("fact.version_text", version=row.definition_version)),
    ]
    if row.denominator is not None:
        facts.append((words("fact.parts"), f"{writing.plain(row.numerator)} / {writing.plain(row.denominator)}"))
    show(
        "answer",
        words=words,
        overview=None if printed else reading.visit.link(PageName.OVERVIEW),
        evidence=None if printed or definition.proof is None else _evidence(reading, row),
        print_link=None if printed else reading.visit.link(PageName.INDICATOR, code=row.indicator_code, print="1"),
        name=words.pick(row.name_zh, row.name_en),
        code=row.indicator_code,
        tier=words(TIERS.get(row.tier, "state.unknown")),
        binding=row.binding,
        illustrative=bool(row.target_is_illustrative and row.target is not None),
        value=written(row.value),
        period=writing.period(row.period_type, row.period_start, row.period_end, reading.language)
        if row.period_end
        else "",
        provisional=bool(row.is_provisional),
        change=change,
        status=badges.status(row.status, words),
        sentence=words.pick(row.sentence_zh, row.sentence_en),
        outlook=outlook,
        bar=progress(row.progress_share, row.time_share, row.status, words, big=True),
        way=writing.share(row.progress_share),
        time=writing.share(row.time_share),
        freshness=badges.freshness(row.freshness, words),
        quality=badges.quality(row.quality, words),
        facts=facts,
    )


def _evidence(reading: Reading, row: overview.OverviewRow) -> str | None:
    """The way to the rows of the figure."""
    if row.value is None or row.period_start is None or row.period_end is None:
        return None
    return reading.visit.link(
        PageName.EVIDENCE,
        code=row.indicator_code,
        kind=row.period_type,
        start=row.period_start.isoformat(),
        end=row.period_end.isoformat(),
    )


def _year_on_year(reading: Reading, row: overview.OverviewRow, definition: indicator.Definition) -> str:
    """The newest figure against the same period a year earlier, or why there is nothing to say."""
    words = reading.words
    found = reading.ask(indicator.year_on_year, row.indicator_code, until=reading.visit.as_of)
    newest = next((one for one in reversed(found) if one.period_end == row.period_end), None)
    if newest is None or newest.before is None:
        return writing.DASH
    if not newest.comparable:
        return words("fact.not_comparable")
    unit = words.pick(row.unit_zh, row.unit_en)
    before = writing.figure(newest.before, unit, definition.decimals, reading.language).full
    change = writing.difference(newest.value, newest.before, unit, definition.decimals, reading.language)
    return words("fact.year_on_year_text", change=change, before=before)


def why_not_newer(reading: Reading, row: overview.OverviewRow, definition: indicator.Definition) -> None:
    """Says in words why the figure above is not simply the newest one."""
    words = reading.words
    if definition.held_reason_zh and reading.ask(sign_offs.awaiting, row.indicator_code):
        return  # what waits for signatures is told beside them (`sign_off.py`)
    if definition.held_reason_zh:
        states.notice(
            "violet",
            words("held.title"),
            words("held.text", reason=words.pick(definition.held_reason_zh, definition.held_reason_en)),
        )
    elif definition.state == "drafting":
        states.notice("gray", words("drafting.title"), words("drafting.text"))
    elif row.status == "undefined":
        states.notice("gray", words("undefined.title"), words("undefined.text"))
    elif row.value is None:
        states.notice("yellow", words("missing.title"), words("missing.text"))
    elif any(row.indicator_code in one.indicators for one in reading.ask(feeds.freshness) if one.is_awaited):
        states.notice("yellow", words("stale.title"), words("stale.text", day=writing.day(row.period_end)))
