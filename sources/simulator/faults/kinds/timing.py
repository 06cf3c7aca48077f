"""Deliveries at the wrong time: late, missing, sent again, sent twice.

Belongs here: what a department does with whole files. Does not belong here: what is in them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sources.simulator.faults.deliveries import Deliveries, next_sequence, overwrite
from sources.simulator.faults.fault import Fault, Injection, Trace
from sources.simulator.faults.spreadsheet import grids, workbook_of

_LATE_BY = timedelta(days=2, hours=20)
_RESENT_AFTER = timedelta(hours=20)


def _late(deliveries: Deliveries) -> Sequence[Injection]:
    """The week's register comes on Thursday instead of Monday: due Monday 18:00, a day of grace."""
    path = deliveries.take("F01", "parking/register/parking_lots_*_1.xlsx", last=True)
    moment = datetime.fromtimestamp(path.stat().st_mtime, UTC) + _LATE_BY
    os.utime(path, (moment.timestamp(), moment.timestamp()))
    return [Injection("F01", "parking", "prk_lot", path.name, _period(path.name), 1, (Trace("timeliness", "late"),))]


def _missing(deliveries: Deliveries) -> Sequence[Injection]:
    """A day of the usage log never comes, until somebody asks for it."""
    path = deliveries.take("F02", "education_base/usage/usage_*.ndjson", last=True)
    rows = sum(1 for _ in path.open("rb"))
    deliveries.withhold(path)
    traces = (Trace("timeliness", "missing"),)
    return [
        Injection("F02", "education_base", "edu_usage_event", path.name, _period(path.name), 1, traces, damaged=rows)
    ]


def _resent(deliveries: Deliveries) -> Sequence[Injection]:
    """The city's total first comes too low by two hundredths, and is sent again the day after with the right figure."""
    path = deliveries.take("F03", "ecommerce_gmv/returns/city_total_*_1.xlsx")
    clean, sheets = path.read_bytes(), grids(path)
    delivered_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    (rows,) = sheets.values()
    at = next(number for number, row in enumerate(rows) if str(row[0]) == _period(path.name))
    rows[at][1] = round(float(rows[at][1]) * 0.98, 2)
    overwrite(path, workbook_of(sheets))
    again = next_sequence(path)
    again.write_bytes(clean)
    moment = (delivered_at + _RESENT_AFTER).timestamp()
    os.utime(again, (moment, moment))
    deliveries.taken.add(again)
    place = (f"{path.name} B{at + 1}",)
    traces = (Trace("superseded"),)
    where = ("ecommerce_gmv", "ecm_city_total")
    return [
        Injection("F03", *where, path.name, _period(path.name), 1, traces, 0, place),
        # The resend is as clean as the delivery was, with the same remarks about its layout.
        Injection("F03", *where, again.name, _period(path.name), 0, (Trace("none"), Trace("treatment"))),
    ]


def _replayed(deliveries: Deliveries) -> Sequence[Injection]:
    """A platform's orders come a second time under another name, byte for byte."""
    path = deliveries.take("F04", "ecommerce_gmv/orders/orders_*.parquet", last=True)
    stem, _, period = path.stem.rpartition("_")
    again = path.with_name(f"{stem}-resend_{period}{path.suffix}")
    shutil.copyfile(path, again)
    moment = path.stat().st_mtime + _RESENT_AFTER.total_seconds()
    os.utime(again, (moment, moment))
    deliveries.taken.add(again)
    return [Injection("F04", "ecommerce_gmv", "ecm_order", again.name, period, 1, (Trace("replayed"),))]


def _period(name: str) -> str:
    """The period that a file's name states."""
    return next(part for part in name.split(".")[0].split("_") if part.isdigit())


FAULTS = (
    Fault("F01", "迟报", "late batch", "flagged", ("parking.prk_lot",), _late, turn=0),
    Fault("F02", "缺报", "missing batch", "flagged", ("education_base.edu_usage_event",), _missing),
    Fault("F03", "更正重报", "superseding resend", "superseded", ("ecommerce_gmv.ecm_city_total",), _resent),
    Fault("F04", "原样重发", "exact replay", "replayed", ("ecommerce_gmv.ecm_order",), _replayed),
)
