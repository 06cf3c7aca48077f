"""From delivered text to typed values: what is read, what is refused, and nothing in between."""

# ruff: noqa: E501 - the table of cases reads one case a line

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.contract.feed import Field
from tests.sources.admission_case import admitted, entity, field, file_delivery

NOTHING = "nothing"
REFUSED = "refused"


def read(folder: Path, of: Field, texts: Sequence[str], zone: str = "Asia/Shanghai") -> list[Any]:
    """The value of each text: typed, NOTHING for no value, REFUSED for a rejected row."""
    body = io.StringIO()
    csv.writer(body, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([["id", "v"], *enumerate(texts)])
    case = admitted(folder, entity(field("id"), of), file_delivery(), body.getvalue(), zone=zone)
    values = {int(identity): value for identity, value in case.rows("id, v")}
    return [(NOTHING if values[n] is None else values[n]) if n in values else REFUSED for n in range(len(texts))]


@pytest.mark.parametrize(
    ("of", "texts", "values"),
    [
        (field("v", "integer"), ["0", "-7", "+8", "007", " 9\t", "1,234,567", "１２３", "3.0", "1e3", "2万", "9223372036854775807"],
         [0, -7, 8, 7, 9, 1234567, 123, 3, 1000, 20000, 9223372036854775807]),
        (field("v", "integer"), ["1.5", "12,34", "1_000", "0x1F", "0b1", "inf", "x", "1 2", "9223372036854775808", "--1"], [REFUSED] * 10),
        (field("v", "number"), ["1.5", "-.5", "5.", "1e-3", "12%", "1,234.5", "１．５", "0.1亿", "¥3.20"],
         [1.5, -0.5, 5.0, 0.001, 0.12, 1234.5, 1.5, 10_000_000.0, 3.2]),
        (field("v", "number"), ["1.23456789012345e-5", ".123456789012345", "+0.1234567890123456", "−5", "–2.5", "NaN", "NA"],
         [1.23456789012345e-5, 0.123456789012345, 0.1234567890123456, -5.0, -2.5, NOTHING, NOTHING]),
        (field("v", "integer"), ["1.5e-13", "12.0000000000001", "12.000", "-0.0"], [REFUSED, REFUSED, 12, 0]),
        (field("v", "date", formats=("month",)), ["2023-M06", "06/2023", "2023 JUN", "2023-Jun"], [date(2023, 6, 1)] * 4),
        (field("v", "date", formats=("quarter",)), ["2Q2023", "Q2 2023", "2023-Q2", "22023"], [*[date(2023, 4, 1)] * 3, REFUSED]),
        (field("v", "number"), ["1.5e-13", "-2E-07", "6.02e23", "6e30", "1e99", "1e999"], [1.5e-13, -2e-07, 6.02e23, 6e30, 1e99, REFUSED]),
        (field("v", "number", factor=2), ["1.5e-13", "2e+30"], [3e-13, 4e30]),
        (field("v", "number"), ["inf", "-Infinity", "1_0", "0x10", "1.2.3", "12,34.5", "e5", "%", "万"], [REFUSED] * 9),
        (field("v", "number", unit="%"), ["82.3%", "82.3", "82.3 %"], [82.3, 82.3, 82.3]),
        (field("v", "number", unit="秒"), ["30秒", "30 秒", "30"], [30.0, 30.0, 30.0]),
        (field("v", "number", physical_type="decimal(10,2)", unit="元", factor=0.01), ["12345", "1", "-250", "0", "1,000"],
         [Decimal("123.45"), Decimal("0.01"), Decimal("-2.50"), Decimal("0.00"), Decimal("10.00")]),
        (field("v", "number", physical_type="decimal(18,2)", factor=10000), ["0.1", "12.3456", "123456789.01"],
         [Decimal("1000.00"), Decimal("123456.00"), Decimal("1234567890100.00")]),
        (field("v", "number", physical_type="decimal(6,2)"), ["9999.99", "10000", "99999999999999999999999999999999"], [Decimal("9999.99"), REFUSED, REFUSED]),
        (field("v", "boolean"), ["是", "否", "TRUE", "f", "1", "0", "√", "无", "maybe"], [True, False, True, False, True, False, True, False, REFUSED]),
        (field("v", "boolean", true_words=("在用",), false_words=("1",)), ["在用", "1", "0", "true"], [True, False, REFUSED, REFUSED]),
        (field("v", "date"), ["2023-06-01", "2023-6-1", " 2023-06-01　", "2023-06-01 00:00:00", "２０２３-06-01"], [date(2023, 6, 1)] * 5),
        (field("v", "date"), ["2023-02-29", "01/06/2023", "2023-13-01", "epoch", "infinity", "2023-06-01 (BC)", "45078", "3/1/26", "20231301", "2023年6月"], [REFUSED] * 10),
        (field("v", "date"), ["20230601", "2023/6/1", "2023.06.01", "2023年6月1日", "２０２３年６月１日", "2023 年 6 月 1 日", "1685577600000", "1685577600"], [date(2023, 6, 1)] * 8),
        (field("v", "number"), ["$1,234.50", "(12.5)", "-£3", "€ 5", "5 USD", "1 234", "1\u00a0234.5", "1'234", "（７）"], [1234.5, -12.5, -3.0, 5.0, 5.0, 1234.0, 1234.5, 1234.0, -7.0]),
        (field("v", "number"), ["1234¹", "12³", "7②"], [REFUSED] * 3),  # footnotes are no digits
        (field("v", "number"), ["(-1)", "1 23", "1,234 567", "$", "()", "1-2"], [REFUSED] * 6),
        (field("v", "date", formats=("month",)), ["202306", "2023-06", "2023/6", "2023年6月", "2023年06月份", "2023M06", "Jun-2023", "June 2023", "202313", "2023-00", "0001-01"], [*[date(2023, 6, 1)] * 8, *[REFUSED] * 3]),
        (field("v", "date", formats=("quarter",)), ["2023Q2", "2023-Q2", "2023 q2", "2023年第二季度", "2023年2季度", "Q2 2023", "2023Q5"], [*[date(2023, 4, 1)] * 6, REFUSED]),
        (field("v", "date", formats=("week",)), ["2023-W14", "2023W14", "2023年第14周", "2020-W53", "2023-W53", "2023-W00"], [*[date(2023, 4, 3)] * 3, date(2020, 12, 28), REFUSED, REFUSED]),
        (field("v", "date", formats=("year",)), ["2023", "2023年", "23"], [date(2023, 1, 1), date(2023, 1, 1), REFUSED]),
        (field("v", "timestamp"), ["2023-06-01T10:00Z", "2023-06-01T18:00+08:00", "2023-06-01 10:00 UTC", "2023-06-01 10:00:00 GMT", "Thu, 01 Jun 2023 10:00:00 GMT", "2023-06-01T10:00:00.000+0000"], [datetime(2023, 6, 1, 10)] * 6),
        (field("v", "timestamp"), ["2023-05-31 24:00", "2023-05-31T24:00:00", "2023-05-31 24:01"], [datetime(2023, 5, 31, 16), datetime(2023, 5, 31, 16), REFUSED]),
        (field("v", "timestamp", formats=("%d/%m/%Y %H:%M",)), ["31/05/2023 24:00"], [datetime(2023, 5, 31, 16)]),
        (field("v", "timestamp", formats=("%d/%m/%Y %H:%M %z", "%d/%m/%Y %H:%M")), ["01/06/2023 10:00 +0000", "01/06/2023 18:00"], [datetime(2023, 6, 1, 10)] * 2),
        (field("v", "date", strict_formats=True), ["20230601", "2023/6/1", "2023年6月1日", "1685577600000", "2023-06-01"], [*[REFUSED] * 4, date(2023, 6, 1)]),
        (field("v", "date"), ["1900-01-01", "9999-12-31", "1970-01-01", "1899-12-31"], [*[NOTHING] * 3, date(1899, 12, 31)]),
        (field("v", "date", sentinels=()), ["1970-01-01"], [date(1970, 1, 1)]),
        (field("v", "date", sentinels=("2099-12-31",)), ["2099-12-31", "1970-01-01"], [NOTHING, date(1970, 1, 1)]),
        (field("v", "date", max_future_days=1), ["2023-06-03", "2023-06-04"], [date(2023, 6, 3), REFUSED]),
        (field("v", "timestamp", max_future_days=1), ["2023-06-03 09:00:00", "2023-06-03 09:00:01"], [datetime(2023, 6, 3, 1), REFUSED]),
        (field("v", "timestamp"),
         ["2023/6/1 8:00", "2023-06-01 上午8:00", "2023年6月1日 上午 8:00:00", "2023-06-01 08:00:00 AM", "2023/06/01 8:00 am", "2023年6月1日8时0分", "20230601080000", "202306010800", "1685577600000", "1685577600"],
         [datetime(2023, 6, 1)] * 10),
        (field("v", "timestamp"), ["2023-06-01 下午8:00", "2023-06-01 8:00:00 PM", "2023-06-01 12:00 AM", "2023/6/1"],
         [datetime(2023, 6, 1, 12), datetime(2023, 6, 1, 12), datetime(2023, 5, 31, 16), datetime(2023, 5, 31, 16)]),
        (field("v", "timestamp"), ["9999-12-31 23:59:59", "1970-01-01 00:00:00", "1970-01-01T00:00:00Z", "1969-12-31 23:59:59"], [*[NOTHING] * 3, datetime(1969, 12, 31, 15, 59, 59)]),
        (field("v", "timestamp"), ["2030010112", "2023-06-01 下午15:00", "3/1/26 08:00"], [REFUSED] * 3),
        (field("v", "number"), ["一百二十", "三点五", "两千零二十三", "壹佰贰拾叁", "一亿二千万", "负三", "十"], [120.0, 3.5, 2023.0, 123.0, 120_000_000.0, -3.0, 10.0]),
        (field("v", "integer", unit="个"), ["一百二十个", "3千", "12百万"], [120, 3000, 12_000_000]),
        (field("v", "integer"), ["百", "点", "一百百点点", "甲一"], [REFUSED] * 4),
        (field("v", "number", unit="万元"), ["12 万", "12万元", "0.5亿", "12"], [12.0, 12.0, 5000.0, 12.0]),
        (field("v", "number", unit="元", factor=10000), ["12,345.6 万", "3.5千元", "1.5"], [123_456_000.0, 3500.0, 15000.0]),
        (field("v", zero_pad=9), ["310105001", "10105001", "7", "abc", "3.10105E+8", ""], ["310105001", "010105001", "000000007", "abc", REFUSED, NOTHING]),
        (field("v", "date", formats=("%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日", "excel")), ["2023/6/1", "20230601", "2023年6月1日", "45078", "2023-06-01"],
         [date(2023, 6, 1)] * 5),
        (field("v", "date", formats=("%d/%m/%Y",)), ["01/06/2023", "06/13/2023", "epoch", "infinity"], [date(2023, 6, 1), *[REFUSED] * 3]),
        (field("v", "timestamp"),
         ["2023-06-01 08:00:00", "2023-06-01T08:00", "2023-06-01", "2023-06-01T00:00:00Z", "2023-06-01 08:00:00+08:00", "2023-06-01T08:00:00.5+0800", "2023-06-01 08:00:00\t"],
         [datetime(2023, 6, 1), datetime(2023, 6, 1), datetime(2023, 5, 31, 16), datetime(2023, 6, 1), datetime(2023, 6, 1), datetime(2023, 6, 1, 0, 0, 0, 500000), datetime(2023, 6, 1)]),
        (field("v", "timestamp"), ["2023-06-01 25:00", "2023-06-01 08:00 CST", "now", "2023-06-31 00:00"], [REFUSED] * 4),
        (field("v", "timestamp", formats=("epoch_ms",)), ["1685577600000", "1685577600000.0", "0", "2023-06-01 08:00:00", "99999999999999999"],
         [datetime(2023, 6, 1), datetime(2023, 6, 1), NOTHING, datetime(2023, 6, 1), REFUSED]),
        (field("v", "timestamp", formats=("epoch_s",)), ["1685577600"], [datetime(2023, 6, 1)]),
        (field("v", "timestamp", formats=("%Y%m%dT%H%M%S", "excel")), ["20230601T080000", "45078.3333333333"], [datetime(2023, 6, 1), datetime(2023, 6, 1)]),
        (field("v"), ["  a b ", "　x\u200b", "名 称\u00a0", "１２", "无", "-", "\\N", "", "NULL"], ["a b", "x", "名 称", "１２", *[NOTHING] * 5]),
        (field("v", normalise=True), ["ＡＢ－１２ ", "①"], ["AB-12", "1"]),
        (field("v", normalise=False), [" a ", "-", "无"], [" a ", "-", "无"]),
        (field("v", null_words=("不详", "0")), ["不详", " 不详 ", "0", "00"], [NOTHING, NOTHING, NOTHING, "00"]),
        (field("v", "integer", null_words=("-1",)), ["-1", " -1", "-2"], [NOTHING, NOTHING, -2]),
        (field("v", codes={"1": "M", "男": "M", "M": "M", "女": "F", "-": "U"}), ["1", "男", "ｍ", " M ", "m", "１", "女", "-", "x", ""],
         ["M", "M", "M", "M", "M", "M", "F", "U", REFUSED, NOTHING]),
        (field("v", codes={"a": "lower", "A": "upper"}), ["a", " a", "A", " A "], ["lower", "lower", "upper", "upper"]),
        (field("v", "integer", codes={"1": "1", "一": "1", "2": "2"}), ["1", "一", "２", "3", ""], [1, 1, 2, REFUSED, NOTHING]),
        (field("v", pattern="[A-Z]{2}[0-9]+"), ["AB1", "xAB1", "AB1x", ""], ["AB1", REFUSED, REFUSED, NOTHING]),
        (field("v", pattern="(?s).{1,3}"), ["abc", "长宁区", "abcd"], ["abc", "长宁区", REFUSED]),
        (field("v", "integer", minimum=0.0, maximum=10.0), ["0", "10", "-1", "11", ""], [0, 10, REFUSED, REFUSED, NOTHING]),
        (field("v", "date", minimum="2020-01-01"), ["2020-01-01", "2019-12-31"], [date(2020, 1, 1), REFUSED]),
        (field("v", "timestamp", maximum="2023-06-01T08:00:00"), ["2023-06-01 08:00:00", "2023-06-01 08:00:01"], [datetime(2023, 6, 1), REFUSED]),
        (field("v", required=True), ["a", "", "-"], ["a", REFUSED, REFUSED]),
    ],
)  # fmt: skip
def test_values(tmp_path: Path, of: Field, texts: list[str], values: list[Any]) -> None:
    assert read(tmp_path, of, texts) == values


NUMBERS = st.decimals(min_value=-(10**11), max_value=10**11, places=2)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(NUMBERS, min_size=1, max_size=40),
    st.sampled_from(["{:f}", "{:,}", " {:+f}\t"]),
    st.sampled_from([1, 0.01, 10000]),
)
def test_decimals_are_exact_in_every_spelling(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[Decimal], spelling: str, factor: float
) -> None:
    money = field("v", "number", physical_type="decimal(20,4)", factor=factor)
    got = read(tmp_path_factory.mktemp("n"), money, [spelling.format(number) for number in numbers])
    assert got == [number * Decimal(str(factor)) for number in numbers]


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=40), st.sampled_from(["{}", "{:,}", "{}.00"]))
def test_whole_numbers_are_exact(tmp_path_factory: pytest.TempPathFactory, numbers: list[int], spelling: str) -> None:
    got = read(tmp_path_factory.mktemp("i"), field("v", "integer"), [spelling.format(number) for number in numbers])
    assert got == numbers


MOMENTS = st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2060, 1, 1)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(MOMENTS, min_size=1, max_size=40),
    st.sampled_from(["Asia/Shanghai", "Europe/London", "UTC", "America/New_York"]),
)
@pytest.mark.parametrize("form", ["iso", "offset", "epoch_ms", "pattern"])
def test_moments_come_out_in_utc(
    tmp_path_factory: pytest.TempPathFactory, form: str, moments: list[datetime], zone: str
) -> None:
    instants = [moment.replace(tzinfo=UTC) for moment in moments]
    local = [moment.astimezone(ZoneInfo(zone)) for moment in instants]
    # A local time that occurs twice (end of summer time) does not say which instant it is.
    told = [
        n for n, moment in enumerate(local) if moment.replace(fold=0).utcoffset() == moment.replace(fold=1).utcoffset()
    ]
    texts = {
        "iso": [moment.strftime("%Y-%m-%d %H:%M:%S.%f") for moment in local],
        "offset": [moment.isoformat() for moment in instants],
        "epoch_ms": [
            str((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)) for moment in instants
        ],
        "pattern": [moment.strftime("%d.%m.%Y %H:%M:%S.%f") for moment in local],
    }[form]
    formats = {"epoch_ms": ("epoch_ms",), "pattern": ("%d.%m.%Y %H:%M:%S.%f",)}.get(form, ())
    of = field("v", "timestamp", formats=formats, sentinels=())  # here 1970-01-01 is a day like any other
    got = read(tmp_path_factory.mktemp("t"), of, texts, zone)
    assert [got[n] for n in told] == [moments[n] for n in told]


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\x00\r", exclude_categories=("Cs",)), max_size=20),
        min_size=1,
        max_size=40,
    )
)
@pytest.mark.parametrize("kind", ["integer", "number", "boolean", "date", "timestamp", "string"])
def test_any_text_is_a_value_nothing_or_refused(
    tmp_path_factory: pytest.TempPathFactory, kind: Any, texts: list[str]
) -> None:
    of = field("v", kind, formats=("epoch_ms", "excel", "%d/%m/%Y") if kind in ("date", "timestamp") else ())
    got = read(tmp_path_factory.mktemp("any"), of, texts)
    for text, value in zip(texts, got, strict=True):
        if not text.strip(" \t\n\u00a0\u3000\u200b\u200c\u200d\ufeff"):
            assert value == NOTHING
        if kind == "string" and value not in (NOTHING, REFUSED):
            assert value in text
