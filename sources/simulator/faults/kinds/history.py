"""Deliveries that are well-formed and wrong: too few rows, yesterday's values again, a year's sum sent as a month's.

Belongs here: faults that only a feed's own history shows. Does not belong here: wrong rows, units that a file states.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from sources.simulator.delivery_files import parquet_bytes
from sources.simulator.faults.deliveries import Deliveries, next_sequence, overwrite
from sources.simulator.faults.fault import Fault, Injection, Trace
from sources.simulator.faults.ndjson import lines, ndjson
from sources.simulator.faults.spreadsheet import Grid, data_rows, grids, header_row, workbook_of

_USAGE, _RETURNS = "education_base/usage/usage_*.ndjson", "ecommerce_gmv/returns/gmv_returns_*_1.xlsx"
_ORDERS = "ecommerce_gmv/orders/orders_*.parquet"
# Below half of the usual rows the platform is to wonder.
_KEPT = 0.35
# Far enough from the orders to be told, too little to move the district's sum of the year by its tolerance.
_UNDERSTATED = 0.85
# The year's sum falls below that of the month before, and stays above the month's own amount.
_FALLEN = 0.45


def _thinned(deliveries: Deliveries) -> Sequence[Injection]:
    """A day's log in which two of three apps did not report."""
    path = deliveries.take("F29", _USAGE, last=True)
    rows = lines(path)
    kept = deliveries.chance("F29").random(len(rows)) < _KEPT
    left = [row for row, keep in zip(rows, kept, strict=True) if keep]
    deliveries.replace(path, ndjson(left))
    return [_usage("F29", path, "usual_volume", damaged=len(rows) - len(left))]


def _stuck(deliveries: Deliveries) -> Sequence[Injection]:
    """A day's log whose durations are those of the day before, as if nobody had measured again."""
    today = deliveries.take("F28", _USAGE, last=True, fits=_can_repeat(deliveries))
    before = _day_before(today)
    deliveries.taken.add(before)
    # What the exporter wrote twice counts once on both days.
    own = list({row["id"]: row for row in lines(today)}.values())
    measured = _durations(before)
    rows = [{**row, "durationSeconds": measured[n] if n < len(measured) else None} for n, row in enumerate(own)]
    deliveries.replace(today, ndjson(rows))
    damaged = sum(row["durationSeconds"] != old["durationSeconds"] for row, old in zip(rows, own, strict=True))
    return [_usage("F28", today, "values_move", damaged=damaged)]


def _durations(path: Path) -> list[int]:
    return [seconds for row in {row["id"]: row for row in lines(path)}.values() if (seconds := row["durationSeconds"])]


def _can_repeat(deliveries: Deliveries) -> Callable[[Path], bool]:
    def fits(path: Path) -> bool:
        before = _day_before(path)
        if before in deliveries.taken or not before.exists():
            return False
        return len(_durations(before)) <= len({row["id"] for row in lines(path)})

    return fits


def _day_before(path: Path) -> Path:
    day = date.fromisoformat(path.stem.split("_")[1]) - timedelta(days=1)
    return path.with_name(f"usage_{day:%Y%m%d}{path.suffix}")


def _usage(fault: str, path: Path, check: str, *, damaged: int) -> Injection:
    period = path.stem.split("_")[1]
    traces = (Trace("check", check),)
    return Injection(fault, "education_base", "edu_usage_event", path.name, period, 1, traces, damaged)


def _cumulative(deliveries: Deliveries) -> Sequence[Injection]:
    """A return whose sum of the year falls, and one that gives the sum of the year as the month's amount."""
    path = deliveries.take("F31", _RETURNS, last=True, fits=_is_final)
    sheets = grids(path)
    rows = sheets["交易额月报"]
    month, year, numbers = _amounts(rows)
    for number in numbers:
        rows[number][year] = round(rows[number][year] * _FALLEN, 2)
    deliveries.replace(path, workbook_of(sheets), resent_as=next_sequence(path))
    sums = (Trace("check", "ytd_grows_by_month"), Trace("reconciled", "ytd_is_sum_of_months"))
    fallen = _return("F31", path, sums, damaged=len(numbers), place="1-本月累计")
    path = deliveries.take("F31 month", _RETURNS, last=True, fits=_from_march)
    sheets = grids(path)
    rows = sheets["交易额月报"]
    month, year, numbers = _amounts(rows)
    for number in numbers:
        rows[number][month] = rows[number][year]
    # The department sends this month again anyway.
    overwrite(path, workbook_of(sheets))
    return [
        fallen,
        _return("F31", path, (Trace("held", "year to date"),), damaged=len(numbers), place="本月平台交易额"),
    ]


def _amounts(rows: Grid) -> tuple[int, int, list[int]]:
    """Columns of the month's and of the year's amounts, and the rows that have them."""
    head = rows[header_row(rows, "本月平台交易额")]
    return head.index("本月平台交易额"), head.index("1-本月累计"), data_rows(rows, "本月平台交易额")


def _is_final(path: Path) -> bool:
    return not next_sequence(path).exists()


def _from_march(path: Path) -> bool:
    # January and February are returned together, so that there the month is the year to date.
    return next_sequence(path).exists() and path.stem.split("_")[2][4:] >= "03"


def _return(fault: str, path: Path, traces: Sequence[Trace], *, damaged: int, place: str) -> Injection:
    period = path.stem.split("_")[2]
    return Injection(fault, "ecommerce_gmv", "ecm_return", path.name, period, 1, traces, damaged, (place,))


def _understated(deliveries: Deliveries) -> Sequence[Injection]:
    """A platform that shares its orders returns a seventh less than they add up to."""
    path = deliveries.take("F30", _RETURNS, fits=_has_orders)
    sheets = grids(path)
    rows = sheets["交易额月报"]
    head = header_row(rows, "本月平台交易额")
    number = next(n for n in data_rows(rows, "本月平台交易额") if rows[n][1] == _platform_with_orders(path))
    for column in range(rows[head].index("本月平台交易额"), rows[head].index("报送时间")):
        if isinstance(rows[number][column], int | float):
            rows[number][column] = round(rows[number][column] * _UNDERSTATED, 0 if column > 13 else 2)
    deliveries.replace(path, workbook_of(sheets), resent_as=next_sequence(path))
    period, place = path.stem.split("_")[2], (f"交易额月报 {number + 1}",)
    return [Injection("F30", "ecommerce_gmv", "ecm_return", path.name, period, 1, _UNRECONCILED, 1, place)]


_UNRECONCILED = (Trace("reconciled", "orders_agree_with_returns"), Trace("reconciled", "ytd_is_sum_of_months"))


def _platform_with_orders(path: Path) -> str | None:
    """Code of a platform whose orders of the workbook's month are there."""
    month = path.stem.split("_")[2]
    found = sorted(path.parent.parent.glob(f"orders/orders_*_{month}.parquet"))
    return found[0].stem.split("_")[1] if found else None


def _has_orders(path: Path) -> bool:
    # A workbook that is sent again anyway would hide it; the newest is for the sums of the year (F31).
    newest = max(path.parent.glob("gmv_returns_*_1.xlsx"))
    return path != newest and _platform_with_orders(path) is not None and _is_final(path)


def in_fen(deliveries: Deliveries) -> Sequence[Injection]:
    """Orders whose amounts are in fen, in columns that are agreed to be in yuan."""
    path = deliveries.take("F10 fen", _ORDERS, last=True)
    table = pyarrow.parquet.read_table(io.BytesIO(path.read_bytes()))
    for name in ("orderAmount", "payAmount", "refundAmount"):
        place = table.column_names.index(name)
        fen = pc.multiply(table[name].cast(pa.float64()), 100.0).cast(pa.decimal128(19, 2))
        table = table.set_column(place, name, fen)
    damaged = table.num_rows
    deliveries.replace(path, parquet_bytes(table))
    traces = (Trace("held", "magnitude"),)
    return [
        Injection(
            "F10", "ecommerce_gmv", "ecm_order", path.name, path.stem.rsplit("_", 1)[1], 1, traces, damaged, ("分",)
        )
    ]


_LOG, _RETURN = ("education_base.edu_usage_event",), ("ecommerce_gmv.ecm_return",)
FAULTS = (
    Fault("F28", "数值停滞", "stuck values", "flagged", _LOG, _stuck, turn=0),
    Fault("F29", "数据量异常", "unusual volume", "flagged", _LOG, _thinned, turn=0),
    Fault("F30", "汇总与明细不符", "aggregate differs from detail", "flagged", _RETURN, _understated, turn=0),
    Fault("F31", "累计与当月混报", "cumulative sent as monthly", "flagged", _RETURN, _cumulative, turn=0),
)  # fmt: skip
