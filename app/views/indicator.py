"""One indicator: its value and what it means for the plan, its course, where it comes from, and how sure we are.

Without a code in the address, or with an unknown one, the page offers all indicators. `print=1` shows what goes on one
sheet of A4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from app import plan_questions
from app.components import (
    answer,
    calendar_grid,
    charts,
    column_lineage,
    counted,
    course,
    delivery_sheets,
    filters,
    indicator_rows,
    known_errors,
    lineage,
    owner_words,
    pictures,
    plan_sheets,
    printing,
    quality_scores,
    sheets,
    sign_off,
    states,
    tables,
    triangle,
)
from app.components.course import Course
from app.components.markup import put, show, together
from app.reading import Reading, current_reading
from app.words.kinds import TIERS
from warehouse.read import corrections, feeds, figure_columns, indicator, writing
from warehouse.read import lineage as read_lineage
from warehouse.read.overview import OverviewRow

_TABLES: Final = "tables"
_VIEWS: Final[dict[str, str]] = {_TABLES: "lineage.view_tables", "columns": "lineage.view_columns"}


def page(reading: Reading) -> None:
    """The page."""
    code = st.query_params.get("code", "")
    row = next((row for row in reading.indicators() if row.indicator_code == code), None)
    if row is None:
        _choose(reading, code)
        return
    definition = reading.ask(indicator.definition, code)
    if st.query_params.get("print") == "1":
        printing.sheet(reading, row, definition)
        return
    with together():
        answer.answer(reading, row, definition, outlook=plan_questions.outlook(reading, code))
        answer.why_not_newer(reading, row, definition)
        owner_words.said_of(reading, definition)
        sign_off.steps(reading, row)
    seen = course.choose(reading, definition, plan_questions.forecast_path(reading, code))
    revisions = _revisions(reading, definition)
    if seen:
        _offer(reading, row, definition, seen, revisions)
    chosen = seen.chosen if seen else None
    with together():
        in_tables = _lineage_view(reading) == _TABLES
        if in_tables:
            _origin(reading, definition, chosen, in_tables=True)
            _below(reading, definition, seen, revisions)
    if not in_tables:  # drawn by a widget, which no block of markup can hold
        _origin(reading, definition, chosen, in_tables=False)
        with together():
            _below(reading, definition, seen, revisions)


def _lineage_view(reading: Reading) -> str:
    return filters.switch(
        "lineage",
        reading.words("lineage.view"),
        list(_VIEWS),
        _TABLES,
        lambda name: reading.words(_VIEWS[name]),
    )


def _below(
    reading: Reading, definition: indicator.Definition, seen: Course | None, revisions: Sequence[indicator.Revision]
) -> None:
    """What stands below the origin of the figure."""
    chosen = seen.chosen if seen else None
    _definition(reading, definition)
    _lacking(reading, definition, chosen)
    _deliveries(reading, definition)
    triangle.triangle(reading, definition, seen.kind if seen else None)
    if revisions:
        note = reading.words("revision.note", count=len(revisions))
        show("section_title", title=reading.words("revision.title"), note=note)
        tables.revisions(reading, definition, revisions)


def _choose(reading: Reading, code: str) -> None:
    if code:
        unknown = indicator.UnknownIndicator(code)
        states.notice("yellow", reading.words("indicator.unknown"), reading.words.pick(unknown.zh, unknown.en))
    rows = reading.indicators()
    blocks = [
        indicator_rows.block(reading, reading.words(word), of_tier)[1]
        for tier, word in TIERS.items()
        if (of_tier := [row for row in rows if row.tier == tier])
    ]
    show("columns", language=reading.language, columns=[blocks[0::2], blocks[1::2]])


def _offer(
    reading: Reading,
    row: OverviewRow,
    definition: indicator.Definition,
    seen: Course,
    revisions: Sequence[indicator.Revision],
) -> None:
    """Everything the page shows as tables and charts, as files."""
    code, kind, end = definition.indicator_code, seen.kind, seen.chosen.period_end
    years = reading.ask(indicator.year_on_year, code, period_type=kind, until=reading.visit.as_of)
    batches = reading.ask(indicator.evidence, code, period_end=end, period_type=kind)
    deliveries, checks = _upstream(reading, definition)
    offered = [
        sheets.indicators(reading, [row]),
        sheets.series(reading, definition, row.status, seen.observations),
        sheets.year_on_year(reading, definition, row.status, years),
        sheets.areas(reading, definition, row.status, seen.areas),
        *plan_sheets.path(reading, definition, row.status),
        sheets.evidence(reading, definition, row.status, batches),
        sheets.revisions(reading, definition, row.status, revisions),
        delivery_sheets.deliveries(reading, deliveries),
        delivery_sheets.checks(reading, checks),
    ]
    sheets.offer(reading, "file.indicator", offered, about=code)


def _origin(
    reading: Reading, definition: indicator.Definition, chosen: indicator.Observation | None, *, in_tables: bool
) -> None:
    """Lineage graph and batches of one figure; without a figure the way it would take."""
    words, code = reading.words, definition.indicator_code
    graph = reading.ask(read_lineage.of_indicator, code)
    batches: list[indicator.Evidence] = []
    text, note = writing.DASH, words("lineage.without_figure")
    if chosen is not None:
        unit = words.pick(definition.unit_zh, definition.unit_en)
        when = writing.period(chosen.period_type, chosen.period_start, chosen.period_end, reading.language)
        text = f"{when} {writing.figure(chosen.value, unit, definition.decimals, reading.language).full}"
        batches = reading.ask(indicator.evidence, code, period_end=chosen.period_end, period_type=chosen.period_type)
        note = words("lineage.note", figure=text, count=len(batches))
    if graph.nodes:
        show("section_title", title=words("lineage.title"), note=note)
        if in_tables:
            svg = reading.keep(*("lineage", code, text), draw=lambda: lineage.drawn(reading, graph, batches, text))
            put(pictures.graph(svg, words("lineage.title")))
        elif (columns := reading.ask(figure_columns.of_figure, code)).fields:
            show("note", text=words("lineage.columns_note"))
            column_lineage.show_columns(reading, columns, text)
        else:
            states.notice("gray", words("lineage.no_columns"), words("lineage.no_columns_text"))
    if chosen is not None and definition.proof:
        show("more", link=counted.link(reading, chosen), text=words("evidence.open"))
    if batches:
        tables.evidence(reading, batches)
        met = reading.ask(corrections.known_errors, tuple(batch.batch_id for batch in batches))
        known_errors.table(reading, [row for row in met if row.outcome == "applied"], of_batch=False)


def _definition(reading: Reading, definition: indicator.Definition) -> None:
    words = reading.words
    parts = [
        (words("definition.words"), words.pick(definition.definition_zh, definition.definition_en)),
        # Only Chinese definitions name the parts; the English words of a definition tell them together.
        (words("definition.numerator"), definition.numerator_zh if reading.language == "zh" else None),
        (words("definition.denominator"), definition.denominator_zh if reading.language == "zh" else None),
        (words("definition.source"), definition.source),
        (words("definition.target_source"), definition.target_source),
        (words("definition.workflow"), _workflow(reading, definition)),
        *((words("chart.break", version=one["version"]), _change(reading, one)) for one in definition.changes or ()),
    ]
    show("facts", title=words("definition.title"), facts=[(name, text) for name, text in parts if text])
    for label, sql in (
        (words("definition.sql", model=definition.model_name or ""), definition.sql_text),
        (words("definition.proof"), definition.proof),
    ):
        if sql:
            show("folded_code", label=label, code=sql)


def _workflow(reading: Reading, definition: indicator.Definition) -> str | None:
    """Who works on a definition that is not agreed yet, and when the next step is due."""
    words = reading.words
    owner = words.pick(definition.workflow_owner_zh, definition.workflow_owner_en)
    if not owner and definition.workflow_next_on is None:
        return None
    return words("definition.next_step", owner=owner or writing.DASH, day=writing.day(definition.workflow_next_on))


def _change(reading: Reading, change: dict[str, Any]) -> str:
    words = reading.words
    told = words.pick(change["zh"], change["en"])
    return words(
        "definition.changed", day=writing.day(change["from"]), told=told, bridge=charts.bridge_text(change, words)
    )


def _upstream(
    reading: Reading, definition: indicator.Definition
) -> tuple[list[feeds.FeedFreshness], list[feeds.CheckOutcome]]:
    """Deliveries that the indicator rests on, and the checks of them and of its own figures."""
    used = set(definition.entities)
    deliveries = [row for row in reading.ask(feeds.freshness) if f"{row.feed}.{row.entity}" in used]
    checks = [
        row
        for row in reading.ask(feeds.checks)
        if f"{row.feed}.{row.entity}" in used or row.indicator_code == definition.indicator_code
    ]
    return deliveries, checks


def _deliveries(reading: Reading, definition: indicator.Definition) -> None:
    """Freshness and checks of what the indicator rests on."""
    words = reading.words
    deliveries, checks = _upstream(reading, definition)
    if deliveries:
        show("section_title", title=words("freshness.title"), note="")
        tables.freshness(reading, deliveries)
    if checks:
        show("section_title", title=words("quality.checks"), note=_check_note(reading, checks))
        failing = [row for row in checks if row.outcome != "PASSED"]
        if failing:
            tables.checks(reading, failing)
        if passed := [row for row in checks if row.outcome == "PASSED"]:
            tables.checks(reading, passed, folded=words("quality.passed_checks", count=len(passed)))


def _lacking(reading: Reading, definition: indicator.Definition, chosen: indicator.Observation | None) -> None:
    """What the shown figure lacks of the batches expected, the calendar of its deliveries, and their quality."""
    words, code = reading.words, definition.indicator_code
    if chosen is not None:
        lacks = calendar_grid.gaps(reading, code, chosen.period_type, chosen.period_end)
        if lacks:
            overdue = any(state != "not_due" for state, _ in lacks)
            between = "；" if words.language == "zh" else "; "
            told = between.join(sentence for _, sentence in lacks)
            states.notice("yellow" if overdue else "gray", words("gap.title"), told)
    calendar_grid.calendar_grid(reading, definition.entities)
    quality_scores.panel(reading, "indicator", code, title=words("score.title"))


def _check_note(reading: Reading, checks: Sequence[feeds.CheckOutcome]) -> str:
    passed = sum(row.outcome == "PASSED" for row in checks)
    return reading.words("quality.checks_note", passed=passed, total=len(checks))


def _revisions(reading: Reading, definition: indicator.Definition) -> list[indicator.Revision]:
    """What was revised, of any kind of period; and when figures of the main kind were published first."""
    return [
        row
        for row in reading.ask(indicator.revisions, definition.indicator_code)
        if row.reason_class != "first_publication" or row.period_type == definition.period_type
    ]


page(current_reading())
