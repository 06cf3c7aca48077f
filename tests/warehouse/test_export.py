"""A snapshot as files for others: SDMX-CSV by its published rules, Parquet that says what the snapshot says."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.snapshot_fixture import build_snapshot
from warehouse.export import parquet, sdmx
from warehouse.home import Home
from warehouse.publish.tables import TABLES
from warehouse.read import SnapshotReader

pytestmark = pytest.mark.slow

# SDMX 3.0: ids of artefacts (NCName without dots), versions, and the time formats that TIME_PERIOD may have here.
STRUCTURE_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z][A-Za-z0-9_-]*)*:[A-Za-z0-9_@$-]+\(\d+\.\d+(\.\d+)?\)")
COMPONENT_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
TIME_PERIOD = {
    "D": re.compile(DAY),
    "M": re.compile(rf"\d{{4}}-(0[1-9]|1[0-2])|{DAY}/P\d+[MD]"),
    "Q": re.compile(r"\d{4}-Q[1-4]"),
    "A": re.compile(r"\d{4}"),
    "_O": re.compile(rf"{DAY}/P\d+[MD]"),
}


@pytest.fixture
def reader(home: Home) -> SnapshotReader:
    build_snapshot(home)
    return SnapshotReader(home)


@pytest.fixture
def lines(reader: SnapshotReader) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(sdmx.as_csv(reader).decode("utf-8"), newline=""))


def test_the_header_keeps_to_the_standard(reader: SnapshotReader) -> None:
    header = next(csv.reader(io.StringIO(sdmx.as_csv(reader).decode("utf-8"))))
    assert header[:3] == ["STRUCTURE", "STRUCTURE_ID", "ACTION"]
    assert len(set(header)) == len(header)
    assert all(COMPONENT_ID.fullmatch(name) for name in header)
    measure = header.index("OBS_VALUE")
    assert header[3:measure] == list(sdmx.DIMENSIONS)  # dimensions, then the measure, then attributes
    assert header[measure - 1] == "TIME_PERIOD"
    assert header[measure + 1 :] == list(sdmx.ATTRIBUTES)


def test_the_file_is_rfc_4180(reader: SnapshotReader) -> None:
    content = sdmx.as_csv(reader)
    assert not content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\n") == content.count(b"\r\n")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    assert {len(row) for row in rows} == {len(sdmx.HEADER)}


def test_every_row_is_one_identified_observation(reader: SnapshotReader, lines: Iterator[dict[str, str]]) -> None:
    rows = list(lines)
    [counted] = reader.rows("SELECT count(*) AS n FROM indicator_observation WHERE value IS NOT NULL")
    assert len(rows) == counted["n"] > 0
    assert {row["STRUCTURE"] for row in rows} == {"dataflow"}
    assert {row["ACTION"] for row in rows} == {"I"}
    assert all(STRUCTURE_ID.fullmatch(row["STRUCTURE_ID"]) for row in rows)
    keys = [tuple(row[name] for name in sdmx.DIMENSIONS) for row in rows]
    assert all(all(key) for key in keys)  # a key has no empty part
    assert len(set(keys)) == len(keys)
    for row in rows:
        assert TIME_PERIOD[row["FREQ"]].fullmatch(row["TIME_PERIOD"]), row
        float(row["OBS_VALUE"])
        assert row["OBS_STATUS"] in {"A", "P", "B"}
        assert row["SNAPSHOT_ID"] == reader.snapshot_id
        assert int(row["DEFINITION_VERSION"]) >= 1
        assert row["PLAN_STATUS"]


def test_figures_are_those_of_the_snapshot(lines: Iterator[dict[str, str]]) -> None:
    found = {(row["INDICATOR"], row["REF_AREA"], row["TIME_PERIOD"]): row for row in lines}
    parking = found["S15", "310105", "2023-06"]
    assert (parking["OBS_VALUE"], parking["NUMERATOR"], parking["DENOMINATOR"]) == ("82", "820", "1000")
    assert (parking["UNIT_MEASURE"], parking["OBS_STATUS"], parking["SIMULATED"]) == ("%", "P", "true")
    assert found["S15", "310105", "2023-05"]["OBS_VALUE"] == "81.9"
    assert found["S21", "310105", "2022"]["FREQ"] == "A"
    assert not any(code == "N01" for code, *_ in found)  # no definition, no observation


def test_a_new_definition_is_a_break(home: Home) -> None:
    path = build_snapshot(home)
    path.chmod(0o644)
    import duckdb

    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "UPDATE indicator_observation SET definition_version = 2"
            " WHERE indicator_code = 'S14' AND period_end >= DATE '2023-05-31'"
        )
    rows = csv.DictReader(io.StringIO(sdmx.as_csv(SnapshotReader(home)).decode("utf-8"), newline=""))
    status = {
        row["TIME_PERIOD"]: row["OBS_STATUS"]
        for row in rows
        if row["INDICATOR"] == "S14" and row["REF_AREA"] == "310105"
    }
    assert status["2023-05"] == "B"
    assert {status[month] for month in ("2023-04", "2023-06")} == {"A"}


@pytest.mark.parametrize(
    ("kind", "start", "end", "written"),
    [
        ("day", date(2023, 6, 9), date(2023, 6, 9), "2023-06-09"),
        ("quarter", date(2023, 4, 1), date(2023, 6, 30), "2023-Q2"),
        ("year_to_date", date(2023, 1, 1), date(2023, 6, 30), "2023-01-01/P6M"),
        ("window", date(2021, 1, 1), date(2023, 6, 30), "2021-01-01/P30M"),
        ("window", date(2023, 6, 2), date(2023, 6, 30), "2023-06-02/P29D"),
        ("window", date(2023, 12, 1), date(2023, 12, 31), "2023-12-01/P1M"),
    ],
)
def test_periods_are_written_as_sdmx_writes_them(kind: str, start: date, end: date, written: str) -> None:
    assert sdmx.time_period(kind, start, end) == written


@given(st.dates(date(2021, 1, 1), date(2025, 12, 31)), st.integers(0, 900))
def test_a_time_range_ends_where_the_window_ends(start: date, length: int) -> None:
    end = start + timedelta(days=length)
    first, duration = sdmx.time_period("window", start, end).split("/")
    assert date.fromisoformat(first) == start
    count = int(duration[1:-1])
    if duration.endswith("D"):
        assert start + timedelta(days=count - 1) == end
    else:
        months = start.year * 12 + start.month - 1 + count
        assert date(months // 12, months % 12 + 1, 1) - timedelta(days=1) == end


def test_the_zip_holds_every_public_table_as_it_is(reader: SnapshotReader) -> None:
    with zipfile.ZipFile(io.BytesIO(parquet.as_zip(reader))) as archive:
        assert archive.testzip() is None
        names = {name.removesuffix(".parquet") for name in archive.namelist() if name.endswith(".parquet")}
        assert names == set(TABLES)
        for name in ("indicator_observation", "indicator", "batch"):
            written = pq.read_table(io.BytesIO(archive.read(f"{name}.parquet")))
            assert written.to_pylist() == reader.query(f"SELECT * FROM {name}").to_pylist()
        described = json.loads(archive.read(parquet.README))
    assert described["snapshot_id"] == reader.snapshot_id
    assert described["simulated"] is True
    table = next(table for table in described["tables"] if table["table"] == "indicator_observation")
    assert {column["column"] for column in table["columns"]} >= {"value", "definition_version", "state"}
    assert all(column["meaning"] for column in table["columns"])


def test_the_same_snapshot_gives_the_same_bytes(reader: SnapshotReader) -> None:
    assert parquet.as_zip(reader) == parquet.as_zip(reader)
    assert sdmx.as_csv(reader) == sdmx.as_csv(reader)
