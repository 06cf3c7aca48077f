"""The tables and charts of pages as files: which columns each has, and the button that offers them.

Belongs here: turning records of the snapshot into sheets, and offering sheets as CSV and Excel. Does not belong here:
writing the files (`downloads.py`), the whole snapshot (`warehouse.export`).
Every row carries the snapshot's id, number and the day it was judged on; rows about an indicator also the version of
its definition and its status. Figures are exact numbers in the unit beside them, shares are fractions (1 = all).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final, TypeVar

import streamlit as st

from app.components import badges, sign_off
from app.components.downloads import CSV_TYPE, EXCEL_TYPE, Cell, Sheet, as_csv, as_excel
from app.reading import Reading
from app.words.kinds import DOMAINS, PERIODS, REASONS, TIERS
from warehouse.read import writing
from warehouse.read.indicator import AreaObservation, Definition, Evidence, Observation, Revision, YearOnYear
from warehouse.read.overview import OverviewRow

T = TypeVar("T")
Offered = tuple[str, Callable[[], Sheet]]
Column = tuple[str, Callable[[T], Cell]]

_ILLEGAL: Final = str.maketrans(dict.fromkeys('\\/:*?"<>|', "_"))  # what file names may not hold on Windows


def offer(reading: Reading, stem: str, offered: Sequence[Offered], *, about: str | None = None) -> None:
    """A button that opens the downloads: one CSV for each sheet, and an Excel workbook with all of them.

    Sheets are made when somebody asks for them. `stem` is the key of the word that the file names begin with,
    `about` what comes after it (an indicator's code).
    """
    words = reading.words
    ending = f"{writing.day(reading.day)}_{reading.snapshot.snapshot_id}"
    begin = "_".join(part for part in (words(stem), about) if part).translate(_ILLEGAL)
    with st.popover(words("download.title"), icon=":material/download:", width="content"):
        st.download_button(
            words("download.excel_all", count=len(offered)),
            lambda: as_excel([signed(reading, make()) for _, make in offered]),
            f"{begin}_{ending}.xlsx",
            EXCEL_TYPE,
            key=f"excel.{stem}",
            on_click="ignore",
            width="stretch",
        )
        for title, make in offered:
            st.download_button(
                words("download.csv_of", title=title),
                lambda make=make: as_csv(signed(reading, make())),  # type: ignore[misc]
                f"{begin}_{title.translate(_ILLEGAL)}_{ending}.csv",
                CSV_TYPE,
                key=f"csv.{stem}.{title}",
                on_click="ignore",
                width="stretch",
            )


def indicators(reading: Reading, rows: Sequence[OverviewRow]) -> Offered:
    """Indicators with figure, target, pace and status."""
    words = reading.words
    title = words("sheet.indicators")
    states = sign_off.states_today(reading)

    def share(value: float | None) -> Cell:
        return None if value is None else round(value, 6)

    columns: list[Column[OverviewRow]] = [
        ("column.code", lambda row: row.indicator_code),
        ("column.indicator", lambda row: words.pick(row.name_zh, row.name_en)),
        ("column.domain", lambda row: words(DOMAINS.get(row.domain, "domain.other"))),
        ("column.tier", lambda row: words(TIERS.get(row.tier, "state.unknown"))),
        ("tag.binding", lambda row: row.binding),
        ("column.value", lambda row: row.value),
        ("column.unit", lambda row: words.pick(row.unit_zh, row.unit_en)),
        ("indicator.period_type", lambda row: words(PERIODS[row.period_type]) if row.period_type else None),
        ("column.period_start", lambda row: day(row.period_start)),
        ("column.period_end", lambda row: day(row.period_end)),
        ("column.numerator", lambda row: row.numerator),
        ("column.denominator", lambda row: row.denominator),
        ("fact.baseline", lambda row: row.baseline),
        ("column.target", lambda row: row.target),
        ("column.target_date", lambda row: day(row.target_date)),
        ("column.illustrative", lambda row: row.target_is_illustrative),
        ("column.required_value", lambda row: row.required_value),
        ("column.progress_share", lambda row: share(row.progress_share)),
        ("column.required_share", lambda row: share(row.required_share)),
        ("column.time_share", lambda row: share(row.time_share)),
        ("column.status", lambda row: status_word(reading, row.status)),
        ("column.sentence", lambda row: words.pick(row.sentence_zh, row.sentence_en)),
        ("column.freshness", lambda row: badges.freshness(row.freshness, words).striptags()),
        ("column.quality", lambda row: badges.quality(row.quality, words).striptags()),
        ("column.definition_version", lambda row: row.definition_version),
        ("column.sign_off", lambda row: sign_off.word(reading, row, states)),
    ]
    return title, lambda: sheet(reading, title, columns, rows)


def series(reading: Reading, definition: Definition, status: str, rows: Sequence[Observation]) -> Offered:
    """Figures of one kind of period."""
    words = reading.words
    title = words("sheet.series")
    columns: list[Column[Observation]] = [
        *of_indicator(reading, definition, status),
        ("indicator.period_type", lambda row: words(PERIODS.get(row.period_type, "state.unknown"))),
        ("column.period_start", lambda row: day(row.period_start)),
        ("column.period_end", lambda row: day(row.period_end)),
        ("column.value", lambda row: row.value),
        ("column.numerator", lambda row: row.numerator),
        ("column.denominator", lambda row: row.denominator),
        ("column.coverage", lambda row: row.coverage),
        ("tag.provisional", lambda row: row.is_provisional),
        ("column.definition_version", lambda row: row.definition_version),
    ]
    return title, lambda: sheet(reading, title, columns, rows)


def year_on_year(reading: Reading, definition: Definition, status: str, rows: Sequence[YearOnYear]) -> Offered:
    """Figures beside those of a year earlier."""
    words = reading.words
    title = words("sheet.year_on_year")
    columns: list[Column[YearOnYear]] = [
        *of_indicator(reading, definition, status),
        ("column.period_start", lambda row: day(row.period_start)),
        ("column.period_end", lambda row: day(row.period_end)),
        ("column.value", lambda row: row.value),
        ("column.year_before", lambda row: row.before),
        ("column.comparable", lambda row: row.comparable),
        ("column.definition_version", lambda row: row.definition_version),
    ]
    return title, lambda: sheet(reading, title, columns, rows)


def areas(reading: Reading, definition: Definition, status: str, rows: Sequence[AreaObservation]) -> Offered:
    """Figures of one period by subdistrict."""
    words = reading.words
    title = words("indicator.subdistricts")
    columns: list[Column[AreaObservation]] = [
        *of_indicator(reading, definition, status),
        ("column.area_code", lambda row: row.area_code),
        ("chart.subdistrict", lambda row: words.pick(row.name_zh, row.name_en)),
        ("column.period_start", lambda row: day(row.period_start)),
        ("column.period_end", lambda row: day(row.period_end)),
        ("column.value", lambda row: row.value),
        ("column.numerator", lambda row: row.numerator),
        ("column.denominator", lambda row: row.denominator),
        ("column.definition_version", lambda _: definition.definition_version),
    ]
    return title, lambda: sheet(reading, title, columns, rows)


def evidence(reading: Reading, definition: Definition, status: str, rows: Sequence[Evidence]) -> Offered:
    """The batches that one figure rests on."""
    words = reading.words
    title = words("sheet.evidence")
    columns: list[Column[Evidence]] = [
        *of_indicator(reading, definition, status),
        ("column.definition_version", lambda _: definition.definition_version),
        ("column.batch", lambda row: row.batch_id),
        ("column.feed", lambda row: reading.feed_name(row.feed)),
        ("column.entity", lambda row: words.pick(row.label_zh, row.label_en)),
        ("column.file", lambda row: row.file_name),
        ("column.sha256", lambda row: row.sha256),
        ("column.received", lambda row: writing.moment(row.received_at, reading.zone)),
        ("column.used", lambda row: row.rows),
        ("column.admitted", lambda row: row.rows_admitted),
        ("column.rejected", lambda row: row.rows_rejected),
        ("column.decision", lambda row: badges.batch(row.status, words).striptags()),
    ]
    return title, lambda: sheet(reading, title, columns, rows)


def revisions(reading: Reading, definition: Definition, status: str, rows: Sequence[Revision]) -> Offered:
    """What was published of an indicator and when."""
    words = reading.words
    title = words("revision.title")
    columns: list[Column[Revision]] = [
        *of_indicator(reading, definition, status),
        ("column.period_start", lambda row: day(row.period_start)),
        ("column.period_end", lambda row: day(row.period_end)),
        ("column.value", lambda row: row.value),
        ("column.previous", lambda row: row.previous_value),
        ("column.reason_class", lambda row: words(REASONS.get(row.reason_class, "state.unknown"))),
        ("column.reason", lambda row: words.side(row.reason)),
        ("column.published", lambda row: writing.moment(row.published_at, reading.zone)),
        ("column.published_in", lambda row: row.snapshot_id),
        ("column.definition_version", lambda row: row.definition_version),
    ]
    return title, lambda: sheet(reading, title, columns, rows)


def status_word(reading: Reading, state: str | None) -> str:
    """A status of progress as a word."""
    return reading.words(badges.STATUS_WORDS.get(state or "", "state.unknown"))


def signed(reading: Reading, unsigned: Sheet) -> Sheet:
    """The sheet with the snapshot's id and number and the day of judgement at the end of every row."""
    words, snapshot = reading.words, reading.snapshot
    signature: dict[str, Cell] = {
        words("column.judged_on"): writing.day(reading.day),
        words("column.publication"): snapshot.number,
        words("column.snapshot"): snapshot.snapshot_id,
        words("header.simulated"): snapshot.simulated,
    }
    return Sheet(unsigned.title, (*unsigned.heads, *signature), [{**row, **signature} for row in unsigned.rows])


def of_indicator(reading: Reading, definition: Definition, status: str) -> list[Column[object]]:
    """What every row about one indicator begins with."""
    words = reading.words
    return [
        ("column.code", lambda _: definition.indicator_code),
        ("column.indicator", lambda _: words.pick(definition.name_zh, definition.name_en)),
        ("column.unit", lambda _: words.pick(definition.unit_zh, definition.unit_en)),
        ("column.status", lambda _: status_word(reading, status)),
    ]


def sheet(reading: Reading, title: str, columns: Sequence[Column[T]], rows: Sequence[T]) -> Sheet:
    """A sheet of records: each column is the key of its head and what it takes from a record."""
    heads = tuple(reading.words(key) for key, _ in columns)
    return Sheet(
        title, heads, [{head: cell(row) for head, (_, cell) in zip(heads, columns, strict=True)} for row in rows]
    )


def day(value: date | None) -> Cell:
    """A day as ISO text; an empty cell where there is none."""
    return None if value is None else writing.day(value)
