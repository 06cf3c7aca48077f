"""Sentences are written in the snapshot, figures beside them by the pages: both print one number for one value."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.read.writing import Language, figure, rounded, sentence, told_apart


def printed(tables: duckdb.DuckDBPyConnection, value: float, places: int) -> str:
    (text,) = tables.execute("SELECT number_text(CAST(? AS DOUBLE), ?)", [value, places]).fetchall()[0]
    return str(text)


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(62.5, 0, "63"), (-2.5, 0, "-3"), (93.25, 1, "93.3"), (91.125, 2, "91.13"), (2.675, 2, "2.68"), (0, 0, "0")],
)
def test_halves_go_up(tables: duckdb.DuckDBPyConnection, value: float, places: int, text: str) -> None:
    assert printed(tables, value, places) == text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 4), st.integers(-(10**8), 10**8), st.sampled_from([8, 3, 10, 1000]))
def test_both_print_the_same(tables: duckdb.DuckDBPyConnection, places: int, part: int, whole: int) -> None:
    value = part / whole
    theirs = f"{rounded(value, places):,f}"
    assert printed(tables, value, places).removeprefix("-").strip("0.,") == theirs.removeprefix("-").strip("0.,")


def test_long_numbers_and_shares(tables: duckdb.DuckDBPyConnection) -> None:
    said = tables.execute("SELECT value_text_zh(60050, 0, '个'), share_text(0.62250), points_text(0.499, 0.317)")
    assert said.fetchall() == [("6.01万个", "62.3%", "18.2")]


@pytest.mark.parametrize(
    ("value", "before", "unit", "language", "texts"),
    [
        (6.9, 7.1, "%", "zh", ("6.9 %", "7.1 %")),
        (82.0, 79.0, "%", "zh", ("82 %", "79 %")),
        (82.0, 82.0, "%", "zh", ("82 %", "82 %")),
        (346_351e6, 346_350e6, "元", "zh", ("3,463.51 亿元", "3,463.5 亿元")),
        (346_351e6, 346_350e6, "yuan", "en", ("346.351 bn yuan", "346.35 bn yuan")),
        (5.0, None, "个", "zh", ("5 个", "—")),
    ],
)
def test_numbers_that_differ_are_written_so_that_it_shows(
    value: float, before: float | None, unit: str, language: Language, texts: tuple[str, str]
) -> None:
    both = told_apart(value, before, unit, 0, language)
    assert (both[0].full, both[1].full) == texts


@pytest.mark.parametrize(
    ("text", "whole"), [("重报。", "重报。"), ("文件为空", "文件为空。"), ("send it again", "send it again."), ("", "")]
)
def test_a_reason_ends_like_a_sentence_once(text: str, whole: str) -> None:
    assert sentence(text) == whole


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(9e5, 1e12).map(lambda value: round(value, 2)) | st.just(999_999_999.996), st.integers(0, 2))
def test_sentences_write_long_english_numbers_as_pages_do(
    tables: duckdb.DuckDBPyConnection, value: float, places: int
) -> None:
    for signed in (value, -value):
        (row,) = tables.execute("SELECT value_text_en(CAST(? AS DOUBLE), ?, 'yuan')", [signed, places]).fetchall()
        assert row[0] == figure(signed, "yuan", places, "en").full
