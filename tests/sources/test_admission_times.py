"""Times: what the strict statement reads, the forgiving one reads the same, and the spellings that senders use need no
forgiving one."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.admission import forgiving
from sources.admission.cells import Cell, Steps
from sources.admission.time_values import any_time, fast_date, fast_instant, fast_timestamp
from sources.admission.zones import to_utc
from sources.contract.feed import Field
from tests.sources.admission_case import field

ZONE = "Asia/Shanghai"
TEXT = Cell("t", "VARCHAR")
PATTERNS = ("%Y%m%d", "%Y%m%dT%H%M%S", "%d/%m/%Y")
STRICT_INSTANTS = {
    "2023-06-30T06:33:36+08:00": "2023-06-29 22:33:36",
    "2023-06-30T06:33:36.604+08:00": "2023-06-29 22:33:36.604",
    "2022-08-07T04:07:00.000Z": "2022-08-07 04:07:00",
    "2022-08-07 04:07:00-05:30": "2022-08-07 09:37:00",
    "2023-06-30 06:33:36": "2023-06-29 22:33:36",
    "20230628T100642": "2023-06-28 02:06:42",
}


def strict(text: str, item: Field) -> object:
    """What the strict statement makes of it."""
    if item.type == "date":
        return answer(fast_date(TEXT, item) or "NULL", text)
    quick = fast_timestamp(TEXT, item) or "NULL"
    epoch = any(form.startswith("epoch") for form in item.formats)
    return answer(quick if epoch else f"coalesce({to_utc(f'({quick})', ZONE)}, {fast_instant(TEXT)})", text)


def tolerant(text: str, item: Field) -> object:
    """What the forgiving statement makes of it."""
    steps = Steps()
    value, _ = any_time("t", item, ZONE, steps, local=item.type == "date", spreadsheet=False)
    source = "(SELECT $1::VARCHAR AS t)"
    for level in sorted(steps.levels):
        source = f"(SELECT *, {', '.join(steps.levels[level])} FROM {source})"
    kind = "DATE" if item.type == "date" else "TIMESTAMP"
    return asked(f"SELECT CAST({value} AS {kind}) FROM {source}", text)


def answer(sql: str, text: str) -> object:
    return asked(f"SELECT {sql} FROM (SELECT $1::VARCHAR AS t)", text)


def asked(query: str, text: str) -> object:
    row = connection.execute(query, [text]).fetchone()
    assert row is not None
    return row[0]


connection = duckdb.connect(":memory:", config={"threads": 1})
connection.execute("SET TimeZone = 'UTC'")

digits = st.integers(0, 99).map("{:02d}".format)
delivered = st.one_of(
    st.builds(
        "{}{}-{}-{}{}{}:{}:{}{}{}".format,
        st.sampled_from(["19", "20", "00"]),
        digits,
        digits,
        digits,
        st.sampled_from(["T", " ", "t"]),
        digits,
        digits,
        digits,
        st.sampled_from(["", ".5", ".604123"]),
        st.sampled_from(["", "Z", "+08:00", "-05:30", "+0800", "+99:00", " +08:00"]),
    ),
    st.datetimes(datetime(1800, 1, 1), datetime(2200, 1, 1)).flatmap(
        lambda moment: st.sampled_from([moment.strftime(form) for form in PATTERNS])
    ),
    st.text("0123456789/-: TZ+.epochinfty\u3000\t", max_size=20),
)


@given(delivered)
@pytest.mark.parametrize("formats", [(), PATTERNS, ("epoch_ms",)])
@pytest.mark.parametrize("kind", ["date", "timestamp"])
def test_what_is_read_strictly_is_read_forgivingly_too(kind: str, formats: tuple[str, ...], text: str) -> None:
    item = field("t", kind, formats=formats)  # type: ignore[arg-type]
    found = strict(text, item)
    assert found is None or found == tolerant(text, item)


@pytest.mark.parametrize("text", STRICT_INSTANTS)
def test_times_as_senders_write_them_need_no_forgiving_statement(text: str) -> None:
    item = field("t", "timestamp", formats=PATTERNS)
    assert str(strict(text, item)) == STRICT_INSTANTS[text] + ("000" if text.count(".604") else "")


@pytest.mark.parametrize("text", ["epoch", "infinity", "3/4/23", " 20230630", "20230630 "])
def test_words_and_blanks_are_left_to_the_forgiving_statement(text: str) -> None:
    assert strict(text, field("t", "date", formats=PATTERNS)) is None


def test_the_strict_statement_is_tried_again_ever_less_often() -> None:
    kind = ("contract", "entity", "one that nobody else uses")
    tried = []
    for number in range(200):
        if not forgiving.forgiving_at_once(kind):
            tried.append(number)
            forgiving.strict_failed(kind)
    assert tried[:5] == [0, 2, 5, 10, 19]
    assert len(tried) < 10
    for _ in range(10):
        forgiving.strict_sufficed(kind)
    while forgiving.forgiving_at_once(kind):
        pass
    forgiving.strict_failed(kind)
    assert forgiving.forgiving_at_once(kind)
    assert not forgiving.forgiving_at_once(kind)
