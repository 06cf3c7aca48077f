"""Wrong records in otherwise good logs: repeated, contradictory, cut short, out of range, unknown.

Belongs here: faults of single lines of NDJSON deliveries. Does not belong here: workbooks, clocks, whole files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sources.simulator.faults.deliveries import Deliveries, overwrite
from sources.simulator.faults.fault import Fault, Injection, Trace
from sources.simulator.faults.ndjson import Row, at_least, lines, ndjson

_USAGE = "education_base/usage/usage_*.ndjson"
_EVENTS = "parking/events/parking_events_*.ndjson"
_VENDOR_CODES = {f"310105P{n:04d}": f"PARK-CN-{n:04d}" for n in range(1, 6)}
_ROWS = 3
# Three kinds of three wrong rows in three hundred stay below the five percent that hold a batch as a whole.
_ENOUGH, _KINDS_A_DAY = at_least(300), 3


def _changed(
    fault: str, trace: Trace, change: Callable[[Row], Any], *also: Trace
) -> Callable[[Deliveries], Sequence[Injection]]:
    """A fault that changes some lines of a day's usage log in place."""

    def inject(deliveries: Deliveries) -> Sequence[Injection]:
        path = deliveries.share(fault, _USAGE, fault, fits=_ENOUGH, kinds=_KINDS_A_DAY)
        rows = lines(path)
        day = path.stem.split("_")[1]
        # Terminals that were offline bring rows of other days; the fault is put into the file's own day.
        own = [n for n, row in enumerate(rows) if row["timestamp"].replace("-", "").startswith(day)]
        chosen = deliveries.places(path, fault, own, _ROWS)
        for number in chosen:
            change(rows[number])
        deliveries.replace(path, ndjson(rows))
        return [_usage(fault, path.name, (trace, *also), damaged=_ROWS, places=[n + 1 for n in chosen])]

    return inject


def _usage(
    fault: str, name: str, traces: Sequence[Trace], *, damaged: int, places: Sequence[int], rows: int | None = None
) -> Injection:
    where = tuple(f"{name} 第 {number} 行 / line {number}" for number in places)
    count = len(places) if rows is None else rows
    return Injection(fault, "education_base", "edu_usage_event", name, name[6:14], count, traces, damaged, where)


def _repeated(deliveries: Deliveries) -> Sequence[Injection]:
    """Lines that the exporter wrote twice."""
    path = deliveries.share("F05", _USAGE, "F05", fits=_ENOUGH, kinds=_KINDS_A_DAY)
    rows = lines(path)
    chosen = deliveries.places(path, "F05", range(len(rows)), _ROWS)
    places = [len(rows) + n + 1 for n in range(_ROWS)]
    deliveries.replace(path, ndjson([*rows, *(rows[n] for n in chosen)]))
    traces = (Trace("reject", "duplicate_row"), Trace("treatment", "duplicate_row"))
    return [_usage("F05", path.name, traces, damaged=0, places=places)]


def _contradictory(deliveries: Deliveries) -> Sequence[Injection]:
    """One event id with two durations and nothing that says which is right."""
    path = deliveries.share("F06", _USAGE, "F06", fits=_ENOUGH, kinds=_KINDS_A_DAY)
    rows = lines(path)
    (at,) = deliveries.places(path, "F06", range(len(rows)), 1)
    other = {**rows[at], "durationSeconds": int(rows[at].get("durationSeconds") or 0) + 61}
    deliveries.replace(path, ndjson([*rows, other]))
    traces = (Trace("reject", "conflicting_key"),)
    return [_usage("F06", path.name, traces, damaged=1, places=[at + 1, len(rows) + 1])]


def _cut_short(deliveries: Deliveries) -> Sequence[Injection]:
    """The upload broke off in the middle of a line."""
    path = deliveries.take("F14", _USAGE, fits=_ENOUGH)
    content = path.read_bytes()
    rows = content.count(b"\n")
    end = content.rfind(b"\n", 0, len(content) * 6 // 10) + 25
    deliveries.replace(path, content[:end])
    return [
        _usage(
            "F14",
            path.name,
            (Trace("held", "cut|half|trunc|incomplete|last line"),),
            damaged=rows,
            places=[content[:end].count(b"\n") + 1],
            rows=1,
        )
    ]


def _negative(row: Row) -> None:
    row["durationSeconds"] = -40


def _unknown_verb(row: Row) -> None:
    row["verb"] = "Pondered"


def _tomorrow(row: Row) -> None:
    moment = datetime.fromisoformat(row["stored"]) + timedelta(days=4)
    row["timestamp"] = moment.isoformat(timespec="milliseconds")


def _unregistered(row: Row) -> None:
    row["edApp"] = "APP-T998"


def _other_codes(deliveries: Deliveries) -> Sequence[Injection]:
    """Events of car parks under the number that the platform's vendor gave them."""
    path = deliveries.take("F26", _EVENTS, fits=lambda file: any(row["parkId"] in _VENDOR_CODES for row in lines(file)))
    rows = lines(path)
    # Pushed twice, an event comes twice; the repeated line is left out before codes are counted.
    named = [n for n, row in enumerate(rows) if row["parkId"] in _VENDOR_CODES and row not in rows[:n]]
    for row in rows:
        row["parkId"] = _VENDOR_CODES.get(row["parkId"], row["parkId"])
    overwrite(path, ndjson(rows))
    period, trace = path.stem.split("_")[2], Trace("treatment", "code_alias")
    where = tuple(f"{path.name} {n + 1}" for n in named)
    return [Injection("F26", "parking", "prk_event", path.name, period, len(named), (trace,), 0, where)]


def _tests(deliveries: Deliveries) -> Sequence[Injection]:
    """Records that a vendor's engineers left when they tried their connection."""
    path = deliveries.share("F27", _USAGE, "F27", fits=_ENOUGH, kinds=_KINDS_A_DAY)
    rows = lines(path)
    tried = [{**rows[n], "id": f"test-{n:04d}", "actorAccount": f"TEST{n:04d}"} for n in range(_ROWS)]
    overwrite(path, ndjson([*rows, *tried]))  # nobody corrects them: they are no data
    places = [len(rows) + n + 1 for n in range(_ROWS)]
    return [_usage("F27", path.name, (Trace("treatment", "test_record"),), damaged=0, places=places)]


FAULTS = (
    Fault("F05", "重复记录", "repeated rows", "repaired", ("education_base.edu_usage_event",), _repeated),
    Fault(
        "F06",
        "同键不同值",
        "one key, different content",
        "rejected",
        ("education_base.edu_usage_event",),
        _contradictory,
    ),
    Fault("F14", "文件截断", "truncated file", "held", ("education_base.edu_usage_event",), _cut_short),
    Fault(
        "F18",
        "未来日期",
        "date in the future",
        "rejected",
        ("education_base.edu_usage_event",),
        _changed("F18", Trace("reject", "future_date|usage_not_in_future"), _tomorrow),
    ),
    Fault("F26", "一物多码", "one thing under several codes", "repaired", ("parking.prk_event",), _other_codes, turn=0),
    Fault("F27", "测试记录", "test records", "repaired", ("education_base.edu_usage_event",), _tests),
    Fault(
        "F21",
        "外键无主",
        "orphan foreign key",
        "parked",
        ("education_base.edu_usage_event",),
        _changed("F21", Trace("waiting", "edu_app"), _unregistered),
    ),
    Fault(
        "F20",
        "超出范围",
        "value out of range",
        "rejected",
        ("education_base.edu_usage_event",),
        _changed("F20", Trace("reject", "below_minimum"), _negative),
    ),
    Fault(
        "F22",
        "代码不在代码表内",
        "code outside its list",
        "rejected",
        ("education_base.edu_usage_event",),
        _changed("F22", Trace("reject", "unknown_code"), _unknown_verb),
    ),
)
