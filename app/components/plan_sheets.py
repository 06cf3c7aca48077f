"""Claims, totals and forecasts as sheets to download.

Belongs here: which columns they have. Does not belong here: offering them (`sheets.py`), what the page shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app import plan_questions
from app.components import badges, sheets
from app.components.sheets import Column, Offered
from app.reading import Reading
from app.words.kinds import DIMENSIONS, METHODS, TOTALS
from warehouse.read import writing
from warehouse.read.indicator import Definition
from warehouse.read.overview import OverviewRow
from warehouse.read.plan import Claim, ClaimIndicator, Forecast, ForecastPoint, ProgressTotal


def path(reading: Reading, definition: Definition, status: str) -> list[Offered]:
    """The path of an indicator's forecast; no sheet where there is no forecast."""
    points = plan_questions.forecast_path(reading, definition.indicator_code)
    if not points:
        return []
    title = reading.words("sheet.forecast")
    columns: list[Column[ForecastPoint]] = [
        *sheets.of_indicator(reading, definition, status),
        ("column.definition_version", lambda _: definition.definition_version),
        ("column.period_end", lambda row: row.period_end.isoformat()),
        ("column.forecast", lambda row: row.value),
        ("column.lower", lambda row: row.lower),
        ("column.upper", lambda row: row.upper),
    ]
    return [(title, lambda: sheets.sheet(reading, title, columns, points))]


def paces(reading: Reading, rows: Sequence[OverviewRow], found: Mapping[str, Forecast]) -> Offered:
    """Every indicator with required pace, last pace and forecast, or the reason why there is none."""
    words = reading.words
    title = words("plan.paces")

    def of(row: OverviewRow, name: str) -> float | int | str | None:
        forecast = found.get(row.indicator_code)
        value: float | int | str | None = getattr(forecast, name) if forecast else None
        return value

    def method(row: OverviewRow) -> str | None:
        used = of(row, "method")
        return words(METHODS.get(str(used), "state.unknown")) if used else None

    columns: list[Column[OverviewRow]] = [
        ("column.code", lambda row: row.indicator_code),
        ("column.indicator", lambda row: words.pick(row.name_zh, row.name_en)),
        ("column.value", lambda row: row.value),
        ("column.unit", lambda row: words.pick(row.unit_zh, row.unit_en)),
        ("column.target", lambda row: row.target),
        ("column.target_date", lambda row: row.target_date.isoformat() if row.target_date else None),
        ("column.status", lambda row: sheets.status_word(reading, row.status)),
        ("column.required_pace", lambda row: of(row, "required_pace")),
        ("column.last_pace", lambda row: of(row, "last_pace")),
        ("column.trend_pace", lambda row: of(row, "trend_pace")),
        ("column.forecast", lambda row: of(row, "forecast_value")),
        ("column.lower", lambda row: of(row, "lower")),
        ("column.upper", lambda row: of(row, "upper")),
        ("column.level", lambda row: of(row, "level")),
        ("column.outlook", lambda row: words(badges.OUTLOOK_WORDS.get(str(of(row, "outlook")), "outlook.none"))),
        ("column.refusal", lambda row: words.pick(_text(of(row, "refusal_zh")), _text(of(row, "refusal_en")))),
        ("column.method", method),
        ("column.points", lambda row: of(row, "points")),
        ("column.backtest_error", lambda row: of(row, "backtest_error")),
        ("column.definition_version", lambda row: row.definition_version),
    ]
    return title, lambda: sheets.sheet(reading, title, columns, rows)


def claims(reading: Reading, found: Sequence[Claim], rows: Mapping[str, OverviewRow]) -> Offered:
    """A line for each claim and indicator: verdict, role and reason; the status where it is of the claims' own day."""
    words = reading.words
    title = words("plan.claims")
    rows = {} if any(claim.as_of != reading.day for claim in found) else rows
    lines = [(claim, one) for claim in found for one in claim.indicators]

    def row(one: ClaimIndicator) -> OverviewRow | None:
        return rows.get(one.indicator_code)

    columns: list[Column[tuple[Claim, ClaimIndicator]]] = [
        ("column.claim", lambda line: words.pick(line[0].text_zh, line[0].text_en)),
        ("column.claim_day", lambda line: writing.day(line[0].as_of)),
        ("column.verdict", lambda line: words(badges.VERDICT_WORDS.get(line[0].verdict, "state.unknown"))),
        ("column.code", lambda line: line[1].indicator_code),
        ("column.indicator", lambda line: words.pick(line[1].name_zh, line[1].name_en)),
        ("column.role", lambda line: words(badges.ROLE_WORDS.get(line[1].role, "state.unknown"))),
        ("column.reason", lambda line: words.pick(line[1].reason_zh, line[1].reason_en)),
        ("column.status", lambda line: sheets.status_word(reading, known.status) if (known := row(line[1])) else None),
        ("column.definition_version", lambda line: known.definition_version if (known := row(line[1])) else None),
    ]
    return title, lambda: sheets.sheet(reading, title, columns, lines)


def totals(reading: Reading, found: Sequence[ProgressTotal]) -> Offered:
    """Status words counted by district, domain and department."""
    words = reading.words
    title = words("plan.totals")

    def counted(state: str) -> Column[ProgressTotal]:
        return badges.STATUS_WORDS[state], lambda row: getattr(row, state)

    columns: list[Column[ProgressTotal]] = [
        ("column.of", lambda row: words.pick(row.label_zh, row.label_en) or row.dimension_code),
        ("column.dimension_of", lambda row: words(DIMENSIONS.get(row.dimension, "state.unknown"))),
        ("column.tier", lambda row: words(TOTALS.get(row.tier, "state.unknown"))),
        ("column.total", lambda row: row.total),
        ("column.judged", lambda row: row.judged),
        *(counted(state) for state in badges.STATUS_WORDS),
    ]
    return title, lambda: sheets.sheet(reading, title, columns, found)


def _text(value: float | int | str | None) -> str | None:
    return value if isinstance(value, str) else None
