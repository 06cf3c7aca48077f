"""Quality: a department's deliveries, its checks by dimension of GB/T 36344, and the rows that failed, to download."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import streamlit as st

from app.addresses import PageName
from app.components import badges, delivery_sheets, filters, quality_scores, sheets, states, tables
from app.components.downloads import CSV_TYPE, EXCEL_TYPE, as_csv, as_excel
from app.components.markup import show, together
from app.queries import FailingRule, failing_row_examples, failing_rules
from app.reading import Reading, current_reading
from warehouse.read import feeds, writing

_ALL: Final = ""  # no department chosen
_EXAMPLES_EACH: Final = 3  # enough to see what is wrong; the files to download hold all samples


def page(reading: Reading) -> None:
    """The page; `department` and `feed` in the address choose deliveries."""
    words = reading.words
    departments = reading.ask(feeds.departments)
    if not departments:
        states.notice("gray", words("quality.none"), words("quality.none_text"))
        return
    department, feed = _chosen(reading, departments)
    rows = reading.ask(feeds.freshness, department=department, feed=feed)
    checks = reading.ask(feeds.checks, department=department, feed=feed)
    failing = [row for row in checks if row.outcome != "PASSED"]
    passed = len(checks) - len(failing)
    with together():
        _scores(reading, department, feed, rows)
        note = words("quality.checks_note", passed=passed, total=len(checks))
        show("section_title", title=words("quality.checks"), note=note)
        if failing:
            tables.checks(reading, failing)
        elif checks:
            states.notice("blue", words("quality.all_passed"), words("quality.all_passed_text", count=len(checks)))
        else:
            states.notice("gray", words("quality.no_checks"), words("quality.no_checks_text"))
    if passed and filters.toggle("passed", words("quality.passed_checks", count=passed), default=False):
        tables.checks(reading, [row for row in checks if row.outcome == "PASSED"])
    rules = reading.ask(failing_rules, department=department, feed=feed)
    names = {row.check_key: words.pick(row.name_zh, row.name_en) for row in checks}
    with together():
        _failed_rows(reading, department, feed, rules, names)
        show("section_title", title=words("quality.deliveries"), note="")
        tables.freshness(reading, rows)
    if rules:
        _offer(reading, department, feed, checks, names)


def _chosen(reading: Reading, departments: Sequence[feeds.Department]) -> tuple[str | None, str | None]:
    """Choice of department and feed; both stand in the address."""
    words = reading.words
    names = {row.department_code: words.pick(row.name_zh, row.name_en) for row in departments}
    everything = reading.ask(feeds.freshness)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        department = filters.select(
            "department",
            words("column.department"),
            [_ALL, *names],
            _ALL,
            lambda code: names.get(code, words("quality.all_departments")),
        )
        offered = sorted({row.feed for row in everything if department in (_ALL, row.department_code)})
        feed = filters.select(
            "feed",
            words("column.feed"),
            [_ALL, *offered],
            _ALL,
            lambda name: reading.feed_name(name) if name else words("quality.all_feeds"),
        )
    return department or None, feed or None


def _scores(reading: Reading, department: str | None, feed: str | None, rows: Sequence[feeds.FeedFreshness]) -> None:
    """Scores of what is chosen, and of its parts; counts of checks where a snapshot has no scores."""
    kind, subject = ("feed", feed) if feed else ("department", department)
    title = reading.words("quality.dimensions")
    if not subject or not quality_scores.panel(reading, kind, subject, title=title):
        _dimensions(reading, reading.ask(feeds.dimensions, department=department, feed=feed))
    if feed:
        names = quality_scores.entity_names(reading, [(row.feed, row.entity) for row in rows])
        quality_scores.table(reading, "entity", names)
    else:
        quality_scores.table(
            reading,
            "feed",
            {
                row.feed: (
                    reading.feed_name(row.feed),
                    reading.visit.link(PageName.QUALITY, department=row.department_code, feed=row.feed),
                )
                for row in rows
            },
        )


def _dimensions(reading: Reading, scores: Sequence[feeds.DimensionScore]) -> None:
    """Passed of all checks, for each dimension; a dimension without checks says so."""
    words = reading.words
    found = {score.dimension: score for score in scores}
    cells = []
    for dimension in [*tables.DIMENSION_WORDS, *(name for name in found if name not in tables.DIMENSION_WORDS)]:
        score = found.get(dimension)
        outcome = None if score is None else "FAILED" if score.failed else "WARN" if score.warned else "PASSED"
        cells.append(
            {
                "name": tables.dimension_name(reading, dimension),
                "score": f"{score.passed} / {score.total}" if score else writing.DASH,
                "badge": badges.outcome(outcome, words) if score else words("quality.not_checked"),
            }
        )
    show("dimensions", title=words("quality.dimensions"), note=words("quality.dimensions_note"), cells=cells)


def _failed_rows(
    reading: Reading,
    department: str | None,
    feed: str | None,
    rules: Sequence[FailingRule],
    names: Mapping[str, str],
) -> None:
    """Rules that rows failed, and examples of each."""
    words = reading.words
    if not rules:
        show("section_title", title=words("failed_row.title"), note=words("failed_row.none"))
        return
    count = writing.count(sum(row.samples for row in rules))
    show("section_title", title=words("failed_row.title"), note=words("failed_row.note", rules=len(rules), count=count))
    examples = reading.ask(failing_row_examples, each=_EXAMPLES_EACH, department=department, feed=feed)
    tables.failing_rules(reading, rules, examples, names)


def _offer(
    reading: Reading,
    department: str | None,
    feed: str | None,
    checks: Sequence[feeds.CheckOutcome],
    names: Mapping[str, str],
) -> None:
    """All samples of failing rows to download, with the checks and the deliveries."""
    words = reading.words
    _, samples = delivery_sheets.failed_rows(
        reading,
        lambda: reading.ask(feeds.failed_rows, department=department, feed=feed, limit=delivery_sheets.MOST_ROWS),
        names,
    )
    _, checked = delivery_sheets.checks(reading, checks)
    deliveries = reading.ask(feeds.freshness, department=department, feed=feed)
    _, delivered = delivery_sheets.deliveries(reading, deliveries)
    stem = f"{words('download.failed_rows')}_{department or 'all'}_{writing.day(reading.snapshot.as_of)}"
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            words("download.csv"),
            lambda: as_csv(sheets.signed(reading, samples())),
            f"{stem}.csv",
            CSV_TYPE,
            key="csv",
            on_click="ignore",
        )
        st.download_button(
            words("download.excel"),
            lambda: as_excel([sheets.signed(reading, made) for made in (samples(), checked(), delivered())]),
            f"{stem}.xlsx",
            EXCEL_TYPE,
            key="excel",
            on_click="ignore",
        )


page(current_reading())
