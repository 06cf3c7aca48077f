"""Sentences are written in the snapshot, figures beside them by the pages: both print one number for one value."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.read.writing import rounded


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
