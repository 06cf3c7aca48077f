"""The observations as SDMX-CSV 2.0 (the CSV format of SDMX 3.0, github.com/sdmx-twg/sdmx-csv).

Belongs here: which column is which component, and the codes. A row is one figure; columns come in the order of the
standard: STRUCTURE, STRUCTURE_ID, ACTION, dimensions, the measure OBS_VALUE, attributes. Codes and ids, no names.
Numbers have a decimal point and no separators; what is not there is an empty field. No byte order mark: the standard
is read by programs; for Excel the pages have files of their own.

TIME_PERIOD follows SDMX: 2023-06-30 (D), 2023-06 (M), 2023-Q2 (Q), 2023 (A). What adds up within the year and what
covers a window of several periods is a time range, first day and duration: 2021-01-01/P30M.
"""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import IO, Any, Final

from warehouse.read import SnapshotReader
from warehouse.read.overview import snapshot_info

MEDIA_TYPE: Final = "application/vnd.sdmx.data+csv; version=2.0.0"
DATAFLOW: Final = "DF_DISTRICT_INDICATORS"
# Version of the structure below, not of any definition: a changed set of components is a new one.
STRUCTURE_VERSION: Final = "1.0.0"

DIMENSIONS: Final = ("FREQ", "REF_AREA", "INDICATOR", "ACCUMULATION", "TIME_PERIOD")
MEASURE: Final = "OBS_VALUE"
ATTRIBUTES: Final = (
    "UNIT_MEASURE",
    "DECIMALS",
    "OBS_STATUS",
    "NUMERATOR",
    "DENOMINATOR",
    "COVERAGE",
    "DEFINITION_VERSION",
    "PLAN_STATUS",
    "PUBLICATION_STATE",
    "SNAPSHOT_ID",
    "AS_OF",
    "SIMULATED",
)
HEADER: Final = ("STRUCTURE", "STRUCTURE_ID", "ACTION", *DIMENSIONS, MEASURE, *ATTRIBUTES)

# CL_FREQ of the cross-domain code lists; a window has no frequency of its own ("_O": other).
_FREQUENCIES: Final[dict[str, str]] = {
    "day": "D",
    "month": "M",
    "quarter": "Q",
    "year": "A",
    "year_to_date": "M",
    "window": "_O",
}
# Own codes: N the period alone, Y from the start of the year on, W a window of several periods.
_ACCUMULATIONS: Final[dict[str, str]] = {"year_to_date": "Y", "window": "W"}
# CL_OBS_STATUS: A normal, P provisional, B the first figure under another definition (a break goes before the others).
_NORMAL, _PROVISIONAL, _BREAK = "A", "P", "B"


def write_csv(reader: SnapshotReader, file: IO[str]) -> int:
    """Write all observations into a text file opened with newline=""; returns how many there are."""
    writer = csv.writer(file)  # RFC 4180: commas, CRLF, doubled quotes
    writer.writerow(HEADER)
    rows = _rows(reader)
    writer.writerows(["" if row[name] is None else row[name] for name in HEADER] for row in rows)
    return len(rows)


def as_csv(reader: SnapshotReader) -> bytes:
    """All observations as UTF-8 bytes."""
    text = io.StringIO(newline="")
    write_csv(reader, text)
    return text.getvalue().encode("utf-8")


def agency(district_code: str) -> str:
    """The maintaining agency's id: ids of SDMX begin with a letter."""
    return f"CN{district_code}"


def time_period(period_type: str, start: date, end: date) -> str:
    """A period as SDMX writes it; `start` and `end` are both inside."""
    match period_type:
        case "day":
            return f"{end:%Y-%m-%d}"
        case "month":
            return f"{end:%Y-%m}"
        case "quarter":
            return f"{end.year}-Q{(end.month + 2) // 3}"
        case "year":
            return f"{end.year}"
        case _:
            return f"{start:%Y-%m-%d}/{_duration(start, end)}"


def _duration(start: date, end: date) -> str:
    """ISO 8601: whole months where the range is made of them, else days."""
    after = end + timedelta(days=1)
    if start.day == after.day == 1:
        return f"P{(after.year - start.year) * 12 + after.month - start.month}M"
    return f"P{(after - start).days}D"


def _rows(reader: SnapshotReader) -> list[dict[str, Any]]:
    info = snapshot_info(reader)
    same = {
        "STRUCTURE": "dataflow",
        "STRUCTURE_ID": f"{agency(info.district_code)}:{DATAFLOW}({STRUCTURE_VERSION})",
        "ACTION": "I",
        "SNAPSHOT_ID": info.snapshot_id,
        "AS_OF": info.as_of.isoformat(),
        "SIMULATED": _boolean(info.simulated),
    }
    found = reader.rows(
        """
        SELECT o.*, o.definition_version <> lag(o.definition_version) OVER (
                   PARTITION BY o.indicator_code, o.period_type, o.area_code ORDER BY o.period_end, o.period_start
               ) AS is_break, i.unit_en, i.unit_zh, i.decimals, s.status AS plan_status
        FROM indicator_observation AS o
        JOIN indicator AS i ON i.indicator_code = o.indicator_code
        LEFT JOIN indicator_status AS s ON s.indicator_code = o.indicator_code
        WHERE o.value IS NOT NULL
        ORDER BY o.indicator_code, o.period_type, o.area_code, o.period_end, o.period_start
        """
    )
    return [
        same
        | {
            "FREQ": _FREQUENCIES[row["period_type"]],
            "REF_AREA": row["area_code"],
            "INDICATOR": row["indicator_code"],
            "ACCUMULATION": _ACCUMULATIONS.get(row["period_type"], "N"),
            "TIME_PERIOD": time_period(row["period_type"], row["period_start"], row["period_end"]),
            "OBS_VALUE": _number(row["value"]),
            "UNIT_MEASURE": row["unit_en"] or row["unit_zh"],
            "DECIMALS": row["decimals"],
            "OBS_STATUS": _BREAK if row["is_break"] else _PROVISIONAL if row["is_provisional"] else _NORMAL,
            "NUMERATOR": _number(row["numerator"]),
            "DENOMINATOR": _number(row["denominator"]),
            "COVERAGE": _number(row["coverage"]),
            "DEFINITION_VERSION": row["definition_version"],
            "PLAN_STATUS": row["plan_status"],
            "PUBLICATION_STATE": row["state"],
        }
        for row in found
    ]


def _number(value: float | None) -> str | None:
    """All digits, whole numbers without a fraction."""
    if value is None:
        return None
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _boolean(value: bool) -> str:
    return "true" if value else "false"
