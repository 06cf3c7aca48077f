"""Plan: whether the report's claims hold, how domains and departments stand, at what pace each indicator goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from app import plan_questions
from app.addresses import PageName
from app.components import badges, filters, indicator_rows, plan_sheets, sheets, states
from app.components.markup import show, together
from app.reading import Reading, current_reading
from app.words.kinds import DOMAINS
from warehouse.read import writing
from warehouse.read.overview import OverviewRow
from warehouse.read.plan import Claim, Forecast, ProgressTotal
from warehouse.report import document

# The order in which a claim names its indicators: what speaks against it first.
_ROLES: Final = ("breaks", "not_judged", "supports")
_DIMENSIONS: Final[dict[str, str]] = {"domain": "plan.by_domain", "department": "plan.by_department"}
_STATES: Final = tuple(badges.STATUS_WORDS)


def page(reading: Reading) -> None:
    """The page."""
    words = reading.words
    rows = reading.indicators()
    by_code = {row.indicator_code: row for row in rows}
    claims, totals = plan_questions.claims(reading), plan_questions.totals(reading)
    forecasts = plan_questions.forecasts(reading)
    with together():
        if reading.visit.as_of is not None:
            day = writing.day(reading.snapshot.as_of)
            states.notice("violet", words("plan.other_day"), words("plan.other_day_text", day=day))
        if claims:
            show("claims", words=words, claims=[_claim(reading, one, by_code) for one in claims])
        else:
            states.notice("gray", words("plan.no_claims"), words("plan.no_claims_text"))
    _totals(reading, totals)
    _paces(reading, rows, forecasts)
    offered = [plan_sheets.paces(reading, rows, forecasts)]
    if totals:
        offered.insert(0, plan_sheets.totals(reading, totals))
    if claims:
        offered.insert(0, plan_sheets.claims(reading, claims, by_code))
    if rows:
        with st.container(horizontal=True, gap="small"):
            sheets.offer(reading, "file.plan", offered)
            _report(reading)


def _report(reading: Reading) -> None:
    """The editable report, made when somebody asks for it."""
    reader, as_of = reading.source.reader, reading.visit.as_of
    name = document.file_name(reading.snapshot.district_zh, reading.day, reading.snapshot.snapshot_id)
    st.download_button(
        reading.words("plan.report"),
        lambda: document.as_docx(reader, as_of),
        name,
        document.MEDIA_TYPE,
        help=reading.words("plan.report_help"),
        icon=":material/description:",
        key="report",
        on_click="ignore",
    )


def _claim(reading: Reading, claim: Claim, rows: dict[str, OverviewRow]) -> dict[str, Any]:
    words = reading.words

    def item(code: str, reason: str) -> dict[str, Any]:
        row = rows.get(code)
        return {
            "name": words.pick(row.name_zh, row.name_en) if row else code,
            "link": reading.visit.link(PageName.INDICATOR, code=code),
            "binding": bool(row and row.binding),
            "reason": reason,
        }

    by_role = {
        role: [
            item(one.indicator_code, words.pick(one.reason_zh, one.reason_en))
            for one in claim.indicators
            if one.role == role
        ]
        for role in _ROLES
    }
    return {
        "text": words.pick(claim.text_zh, claim.text_en),
        "verdict": badges.verdict(claim.verdict, words),
        "sentence": words.pick(claim.sentence_zh, claim.sentence_en),
        "rule": words.pick(claim.rule_zh, claim.rule_en),
        "judged": words("plan.judged", judged=claim.judged, total=claim.total),
        "roles": [(badges.role(role, words), found, role == "breaks") for role, found in by_role.items() if found],
    }


def _totals(reading: Reading, totals: Sequence[ProgressTotal]) -> None:
    """Status words counted by domain and by department; the reader chooses headline or all indicators."""
    if not totals:
        return
    words = reading.words
    show("section_title", title=words("plan.totals"), note=words("plan.totals_note"))
    every = filters.toggle("all", words("plan.all_indicators"), default=False)
    tier = "all" if every else "headline"
    whole = next((row for row in totals if row.dimension == "district" and row.tier == tier), None)
    for dimension, title in _DIMENSIONS.items():
        found = [row for row in totals if row.dimension == dimension and row.tier == tier]
        if dimension == "domain":
            found.sort(key=lambda row: list(DOMAINS).index(row.dimension_code) if row.dimension_code in DOMAINS else 9)
        if not found:
            continue
        used = [state for state in _STATES if any(getattr(row, state) for row in [*found, *([whole] if whole else [])])]
        shown = [_total(reading, row, used) for row in found]
        if whole:
            shown.append(_total(reading, whole, used) | {"whole": True})
        show(
            "totals",
            words=words,
            of=words(title),
            heads=[badges.status(state, words) for state in used],
            labels=[words(badges.STATUS_WORDS[state]) for state in used],
            rows=shown,
            rest="",
        )


def _total(reading: Reading, row: ProgressTotal, used: Sequence[str]) -> dict[str, Any]:
    words = reading.words
    return {
        "name": words.pick(row.label_zh, row.label_en) or row.dimension_code or words("plan.no_department"),
        "judged": words("plan.judged_of", judged=row.judged, total=row.total),
        "counts": [getattr(row, state) for state in used],
        "whole": False,
    }


def _paces(reading: Reading, rows: Sequence[OverviewRow], forecasts: dict[str, Forecast]) -> None:
    """What each indicator has to gain a year, what it gained, and where that leads; or why nothing can be said."""
    words = reading.words
    shown = sorted((row for row in rows if row.tier == "headline"), key=indicator_rows.worst_first)
    behind = sorted((row for row in rows if row.tier == "supporting"), key=indicator_rows.worst_first)
    if not shown and not behind:
        return
    show("section_title", title=words("plan.paces"), note=words("plan.paces_note"))
    for found in (shown, behind):
        if (
            found is behind
            and behind
            and not filters.toggle("supporting", words("overview.supporting", count=len(behind)), default=not shown)
        ):
            continue
        if found:
            lines = [_pace(reading, row, forecasts.get(row.indicator_code)) for row in found]
            show("paces", words=words, rows=lines, rest="")


def _pace(reading: Reading, row: OverviewRow, forecast: Forecast | None) -> dict[str, Any]:
    words, language = reading.words, reading.language
    unit = words.pick(row.unit_zh, row.unit_en)

    def written(value: float | None) -> str:
        return writing.figure(value, unit, row.decimals, language).full

    def a_year(value: float | None) -> str:
        return writing.DASH if value is None else writing.difference(value, 0.0, unit, _finer(row), language)

    def foretold(value: float) -> str:
        """As finely as the sentence: 97.8 % misses 98 %, and is not 98 %."""
        return writing.figure(value, unit, (row.decimals or 0) + 1, language).full

    expected = refusal = ""
    if forecast and forecast.forecast_value is not None:
        expected = foretold(forecast.forecast_value)
        if forecast.lower is not None and forecast.upper is not None:
            lower, upper = foretold(forecast.lower), foretold(forecast.upper)
            expected = words("plan.range", value=expected, lower=lower, upper=upper)
    elif forecast:
        refusal = words.pick(forecast.refusal_zh, forecast.refusal_en)
    return {
        "name": words.pick(row.name_zh, row.name_en),
        "link": reading.visit.link(PageName.INDICATOR, code=row.indicator_code),
        "binding": row.binding,
        "value": written(row.value),
        "target": written(row.target),
        "status": badges.status(row.status, words),
        "required": a_year(forecast.required_pace if forecast else None),
        "last": a_year(forecast.last_pace if forecast else None),
        "expected": expected,
        "refusal": refusal,
        "sentence": words.pick(forecast.sentence_zh, forecast.sentence_en) if forecast else "",
        "outlook": badges.outlook(forecast.outlook, words) if forecast and forecast.outlook else "",
    }


def _finer(row: OverviewRow) -> int:
    """Paces of whole things need a decimal: half a school a year is not nothing."""
    return max(row.decimals or 0, 1)


page(current_reading())
