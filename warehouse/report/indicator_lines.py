"""One indicator as the report's tables and paragraphs have it.

Belongs here: its figure, target, pace, status and sentences as texts and numbers with ids. Does not belong here: where
the figure comes from (`sources.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from warehouse.export.sdmx import time_period
from warehouse.read.overview import JUDGED, OverviewRow
from warehouse.read.plan import Forecast
from warehouse.read.writing import figure, is_percent, period, share
from warehouse.report.numbers import About, Number, Numbers, Prose

_NO_NUMBER: Final = ("undefined", "missing", "held", "not_due")
"""Statuses under which a figure is said in words, whatever number an older period left."""
_NO_TARGET: Final = "未设"
_NOT_JUDGED: Final = "不评"


@dataclass(frozen=True, slots=True)
class Line:
    """An indicator. `course` are its periods' ends and figures, for pictures; `way` and `time` shares, 1.0 = all."""

    code: str
    name: str
    binding: bool
    period: Number
    value: Number
    value_unit: str
    provisional: bool
    baseline: Number
    target: Number
    target_unit: str
    target_date: Number
    illustrative: bool
    progress: Number
    time_share: Number
    status: Number
    status_code: str
    sentence: Prose
    forecast: Prose
    way: float | None
    time: float
    target_value: float | None
    course: tuple[tuple[date, float], ...]

    @property
    def needs_words(self) -> bool:
        """Whether a reader has to be told why: behind, or no figure."""
        return self.status_code == "behind" or self.status_code in _NO_NUMBER


def number_text(value: float, unit: str | None, decimals: int | None) -> str:
    """The number with 万, 亿 or %; the unit's word stands beside it."""
    written = figure(value, unit, decimals, "zh")
    return f"{written.text}{written.scale}{'%' if is_percent(unit) else ''}"


def about_row(row: OverviewRow) -> About:
    """What ids say of the row's figure."""
    written = ""
    if row.period_type is not None and row.period_start is not None and row.period_end is not None:
        written = time_period(row.period_type, row.period_start, row.period_end)
    return About(row.indicator_code, row.name_zh, written, row.definition_version)


def line(numbers: Numbers, row: OverviewRow, forecast: Forecast | None) -> Line:
    """The line of an indicator; `forecast` None: there is none on that day."""
    about = about_row(row)

    def number(measure: str, text: str, label: str) -> Number:
        return numbers.of_figure(about, measure, text, label)

    def amount(measure: str, value: float | None, otherwise: str, label: str) -> Number:
        text = otherwise if value is None else number_text(value, row.unit_zh, row.decimals)
        return number(measure, text, label)

    value = None if row.status in _NO_NUMBER else row.value
    unit = "" if is_percent(row.unit_zh) else row.unit_zh or ""
    judged = row.status in JUDGED
    return Line(
        code=row.indicator_code,
        name=row.name_zh,
        binding=bool(row.binding),
        period=number(
            "period",
            row.status_zh if value is None else period(row.period_type, row.period_start, row.period_end, "zh"),
            "数据期",
        ),
        value=amount("value", value, row.status_zh, "现值"),
        value_unit="" if value is None else unit,
        provisional=bool(row.is_provisional) and value is not None,
        baseline=amount("baseline", row.baseline, _NO_TARGET, "基期值"),
        target=amount("target", row.target, _NO_TARGET, "目标值"),
        target_unit="" if row.target is None else unit,
        target_date=number("target_date", f"{row.target_date}" if row.target_date else _NO_TARGET, "目标日期"),
        illustrative=bool(row.target_is_illustrative),
        progress=number(
            "progress",
            share(row.progress_share).replace(" ", "") if judged and row.progress_share is not None else _NOT_JUDGED,
            "完成进度",
        ),
        time_share=number("time", share(row.time_share).replace(" ", ""), "时间进度"),
        status=number("status", row.status_zh, "状态"),
        status_code=row.status,
        sentence=numbers.sentence(about, "s", row.sentence_zh, "说明"),
        forecast=numbers.sentence(about, "f", forecast.sentence_zh if forecast else "", "推算"),
        way=row.progress_share if judged else None,
        time=row.time_share,
        target_value=row.target,
        # What is held is not drawn either.
        course=() if row.status == "held" else tuple(zip(row.trend_ends, row.trend_values, strict=True)),
    )
