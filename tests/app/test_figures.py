"""Numbers, periods and times as readers see them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.words import Language
from warehouse.read import writing


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "language", "text", "beside", "exact"),
    [
        (6, "家", 0, "zh", "6", "家", "6 家"),
        (9999, "人", 0, "zh", "9,999", "人", "9,999 人"),
        (9999.6, "人", 0, "zh", "1", "万人", "9,999.6 人"),  # rounded first, then scaled
        (60000, "人", 0, "zh", "6", "万人", "60,000 人"),
        (60000, "people", 0, "en", "60,000", "people", "60,000 people"),
        (12345, "辆次", 0, "zh", "1.23", "万辆次", "12,345 辆次"),
        (9.35e9, "元", 0, "zh", "93.5", "亿元", "9,350,000,000 元"),
        (9.35e9, "yuan", 0, "en", "9.35", "bn yuan", "9,350,000,000 yuan"),
        (7500000, "visits", 0, "en", "7.5", "m visits", "7,500,000 visits"),
        (-25000, "元", 0, "zh", "-2.5", "万元", "-25,000 元"),
        (91.885, "%", 2, "zh", "91.89", "%", "91.885 %"),  # half up, not half to even
        (82, "%", 1, "zh", "82.0", "%", "82 %"),
        (25, "百分比", 0, "zh", "25", "%", "25 %"),
        (0, "个", 0, "zh", "0", "个", "0 个"),  # a real zero is a zero
        (3, None, None, "zh", "3", "", "3"),
    ],
)
def test_figures(
    value: float, unit: str, decimals: int, language: Language, text: str, beside: str, exact: str
) -> None:
    written = writing.figure(value, unit, decimals, language)
    assert (written.text, written.unit, written.exact) == (text, beside, exact)


def test_a_missing_number_is_a_dash_and_has_no_unit() -> None:
    written = writing.figure(None, "家", 0, "zh")
    assert (written.text, written.unit, written.exact) == ("—", "", "")
    assert writing.share(None) == writing.count(None) == writing.plain(None) == writing.size(None) == "—"
    assert writing.day(None) == writing.moment(None, ZoneInfo("Asia/Shanghai")) == "—"
    assert writing.period("month", None, None, "zh") == "—"


@given(st.decimals(min_value=-(10**6), max_value=10**6, places=4), st.integers(0, 3))
def test_rounding_is_half_up_away_from_zero_and_never_off_by_more_than_half(number: Decimal, places: int) -> None:
    result = writing.rounded(float(number), places)
    step = Decimal(1).scaleb(-places)
    assert abs(result - number) <= step / 2
    if abs(result - number) == step / 2:
        assert abs(result) > abs(number)


@given(st.floats(min_value=-1e12, max_value=1e12), st.integers(0, 2), st.sampled_from(("zh", "en")))
def test_a_written_figure_stays_near_its_value(value: float, decimals: int, language: Language) -> None:
    written = writing.figure(value, "元", decimals, language)
    scale = {"": 1, "万": 1e4, "亿": 1e8, "m": 1e6, "bn": 1e9}[written.scale]
    shown = float(written.text.replace(",", "")) * scale
    assert shown == pytest.approx(value, abs=0.51 * 10**-decimals if scale == 1 else 0.0051 * scale, rel=1e-12)


def test_differences_of_percentages_are_percentage_points() -> None:
    assert writing.difference(82.0, 81.9, "%", 1, "zh") == "+0.1 个百分点"
    assert writing.difference(81.9, 82.0, "%", 1, "zh") == "−0.1 个百分点"
    assert writing.difference(100.0, 100.0, "%", 1, "en") == "±0.0 pp"
    assert writing.difference(60000, 59500, "人", 0, "zh") == "+500 人"
    assert writing.difference(9.35e9, 9.1e9, "元", 0, "zh") == "+2.5 亿元"


@pytest.mark.parametrize(
    ("kind", "start", "end", "zh", "en"),
    [
        ("day", date(2023, 6, 30), date(2023, 6, 30), "2023-06-30", "2023-06-30"),
        ("month", date(2023, 6, 1), date(2023, 6, 30), "2023年6月", "2023-06"),
        ("quarter", date(2023, 4, 1), date(2023, 6, 30), "2023年第2季度", "2023 Q2"),
        ("year", date(2022, 1, 1), date(2022, 12, 31), "2022年", "2022"),
        ("year_to_date", date(2023, 1, 1), date(2023, 5, 31), "2023年1—5月", "2023-01 to 2023-05"),
        ("year_to_date", date(2023, 1, 1), date(2023, 1, 31), "2023年1月", "2023-01 to 2023-01"),
        ("window", date(2021, 1, 1), date(2023, 6, 30), "2021-01-01 至 2023-06-30", "2021-01-01 to 2023-06-30"),
    ],
)
def test_periods(kind: str, start: date, end: date, zh: str, en: str) -> None:
    assert writing.period(kind, start, end, "zh") == zh
    assert writing.period(kind, start, end, "en") == en


def test_times_are_shown_in_the_zone_of_the_district() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    assert writing.moment(datetime(2023, 6, 30, 22, 10), zone) == "2023-07-01 06:10"
    assert writing.moment(datetime(2023, 6, 30, 22, 10, tzinfo=UTC), zone) == "2023-07-01 06:10"


def test_sizes() -> None:
    assert [writing.size(octets) for octets in (0, 1023, 1024, 1536, 5 * 1024**2, 3 * 1024**3)] == [
        "0 B",
        "1,023 B",
        "1.0 KB",
        "1.5 KB",
        "5.0 MB",
        "3.0 GB",
    ]
