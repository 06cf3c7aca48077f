"""What pages ask about forecasts, claims and totals, with an answer also for publications that have none yet.

Belongs here: asking `warehouse.read.plan` safely, and when its answers hold. A forecast belongs to the day of the
publication: on another day there is none. Does not belong here: any forecasting (done before publishing).
"""

from __future__ import annotations

from collections.abc import Sequence

from app.queries import has_table
from app.reading import Reading
from warehouse.read import plan
from warehouse.read.plan import Claim, Forecast, ForecastPoint, ProgressTotal


def forecasts(reading: Reading) -> dict[str, Forecast]:
    """Forecast or refusal by indicator; empty on another day than the publication's."""
    if reading.visit.as_of is not None or not reading.ask(has_table, "indicator_forecast"):
        return {}
    return reading.ask(plan.forecasts)


def forecast_path(reading: Reading, code: str) -> Sequence[ForecastPoint]:
    """The path of an indicator's forecast; empty where it is refused."""
    if reading.visit.as_of is not None or not reading.ask(has_table, "indicator_forecast_path"):
        return ()
    return reading.ask(plan.forecast_path, code)


def outlook(reading: Reading, code: str) -> str | None:
    """The forecast of an indicator, or why there is none, in a sentence."""
    found = forecasts(reading).get(code)
    return reading.words.pick(found.sentence_zh, found.sentence_en) or None if found else None


def claims(reading: Reading) -> list[Claim]:
    """The claims and their verdicts, as of the publication's day."""
    return reading.ask(plan.claims) if reading.ask(has_table, "claim") else []


def totals(reading: Reading) -> list[ProgressTotal]:
    """Status words counted by district, domain and department, on the day of the reading."""
    if not reading.ask(has_table, "progress_total"):
        return []
    return reading.ask(plan.totals) if reading.visit.as_of is None else reading.ask(plan.totals, reading.visit.as_of)
