"""File name patterns: which names are ours, and which days they state."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.contract.file_pattern import FilePattern, PatternRefused, period_days


@pytest.mark.parametrize(
    ("pattern", "name", "start", "end", "seq"),
    [
        ("usage_{period}.ndjson", "usage_20230601.ndjson", date(2023, 6, 1), date(2023, 6, 1), None),
        ("r_{period}_{seq}.xlsx", "r_202302_3.xlsx", date(2023, 2, 1), date(2023, 2, 28), 3),
        ("r_{period}.xlsx", "r_2024-02.xlsx", date(2024, 2, 1), date(2024, 2, 29), None),
        ("r_{period}.xlsx", "r_2023.xlsx", date(2023, 1, 1), date(2023, 12, 31), None),
        ("e_{period}.ndjson", "e_2023063023.ndjson", date(2023, 6, 30), date(2023, 6, 30), None),
        ("{*}_{period}.csv", "学校A_20230601.csv", date(2023, 6, 1), date(2023, 6, 1), None),
        ("*.csv", "anything.csv", None, None, None),
        ("**/*.json", "a/b/c.json", None, None, None),
        ("**/*.json", "c.json", None, None, None),
        ("{year}/{month}/{day}/x.csv", "2023/06/01/x.csv", date(2023, 6, 1), date(2023, 6, 1), None),
        ("x_{day}-{month}-{year}.csv", "x_1-6-2023.csv", date(2023, 6, 1), date(2023, 6, 1), None),
        ("{year}/{month}.csv", "2023/02.csv", date(2023, 2, 1), date(2023, 2, 28), None),
        ("x_{period}.csv", "x_2023_06_01.csv", date(2023, 6, 1), date(2023, 6, 1), None),
        ("x_{period}.csv", "x_2023Q2.csv", date(2023, 4, 1), date(2023, 6, 30), None),
        ("x_{period}.csv", "x_2023-W14.csv", date(2023, 4, 3), date(2023, 4, 9), None),
        ("x{period}.csv", "x2023年6月.csv", date(2023, 6, 1), date(2023, 6, 30), None),
        ("x{period}.csv", "x2023年第二季度.csv", date(2023, 4, 1), date(2023, 6, 30), None),
        ("{*}/{period}.csv", "east/20230601.csv", date(2023, 6, 1), date(2023, 6, 1), None),
    ],
)
def test_a_matching_name_is_dated(
    pattern: str, name: str, start: date | None, end: date | None, seq: int | None
) -> None:
    dating = FilePattern.parse(pattern).match(name)
    assert dating is not None
    assert (dating.period_start, dating.period_end, dating.batch_seq) == (start, end, seq)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("usage_{period}.ndjson", "usage_20230631.ndjson"),  # no such day
        ("usage_{period}.ndjson", "usage_2023060124.ndjson"),  # no such hour
        ("usage_{period}.ndjson", "usage_202306.ndjson.ok"),
        ("x_{period}.csv", "x_2023-W54.csv"),  # no such week
        ("x_{period}.csv", "x_2023_06-01.csv"),
        ("{year}/{month}/x.csv", "2023/13/x.csv"),
        ("usage_{period}.ndjson", "USAGE_20230601.ndjson"),
        ("*.csv", "a/b.csv"),
        ("a.csv", "aXcsv"),
        ("r_{period}_{seq}.xlsx", "r_202302.xlsx"),
    ],
)
def test_other_names_are_not_ours(pattern: str, name: str) -> None:
    assert FilePattern.parse(pattern).match(name) is None


@pytest.mark.parametrize("pattern", ["{day}.csv", "{period}{period}.csv", "{}.csv"])
def test_a_wrong_placeholder_is_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused):
        FilePattern.parse(pattern)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_day_is_read_back(day: date) -> None:
    assert period_days(f"{day:%Y%m%d}") == period_days(day.isoformat()) == (day, day)
    month = period_days(f"{day.year:04}{day.month:02}")
    assert month is not None
    assert month[0] <= day <= month[1]


@given(st.from_regex(r"\d{4}(\d{2}){0,3}", fullmatch=True))
def test_any_digits_give_days_in_order_or_nothing(digits: str) -> None:
    days = period_days(digits)
    assert days is None or days[0] <= days[1]


@given(st.text(alphabet="abc*?.{}[]()+^$\\/ 中", max_size=20), st.text(alphabet="abc.*?/ 中", max_size=20))
def test_any_pattern_matches_or_not_but_never_breaks(pattern: str, name: str) -> None:
    try:
        parsed = FilePattern.parse(pattern)
    except PatternRefused:
        return
    parsed.match(name)
    if not set(pattern) & set("*?{"):
        assert (parsed.match(name) is not None) == (pattern == name)


@pytest.mark.parametrize(
    "pattern", ["{month}.csv", "{day}-{year}.csv", "{period}_{month}_{year}.csv", "{hour}{year}.csv"]
)
def test_parts_of_a_date_need_the_greater_ones(pattern: str) -> None:
    with pytest.raises(PatternRefused, match="needs"):
        FilePattern.parse(pattern)
