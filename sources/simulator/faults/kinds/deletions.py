"""Rows that the source deletes and, later, brings back.

Belongs here: delete markers of change tables. Does not belong here: services (`service.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sources.simulator.district import ZONE
from sources.simulator.faults.deliveries import Deliveries
from sources.simulator.faults.fault import Fault, Injection, Trace
from sources.simulator.faults.front_end import add, exchange, exchanged
from sources.simulator.span import Span

_DATABASE, _TABLE = "hospital_interconnect/hospital.sqlite", "t_jz_jl"
_ROWS = 2


def _deleted(deliveries: Deliveries) -> Sequence[Injection]:
    """Two visits of the first days are marked deleted on the last one; the institution takes that back later."""
    path = deliveries.folder / _DATABASE
    cut_off = Span(deliveries.simulation.start, deliveries.simulation.end).cut_off.astimezone(ZONE).replace(tzinfo=None)
    at = cut_off - timedelta(minutes=30)
    with exchange(path) as connection:
        visits = exchanged(connection, _TABLE, "cd_operation = 'I' AND cd_time < ?", [f"{at - timedelta(days=2)}"])
        chosen = [visits[n] for n in sorted(deliveries.chance("F33").choice(len(visits), _ROWS, replace=False))]
        for row in chosen:
            moment = {"cd_operation": "D", "cd_time": f"{at:%Y-%m-%d %H:%M:%S}", "cd_batch": f"{at:%Y%m%d%H}"}
            add(connection, _TABLE, row | moment)
    deliveries.correct_rows(path, _TABLE, [row | {"cd_operation": "I"} for row in chosen])
    places = tuple(f"row_guid {row['row_guid']}" for row in chosen)
    # The remark on columns that nobody reads counts these rows, too.
    trace = (Trace("deleted", "tombstone"), Trace("treatment", "extra_column"))
    return [Injection("F33", "hospital_interconnect", "hsp_visit", "v_jz_jl", f"{at:%Y%m%d}", _ROWS, trace, 0, places)]


FAULTS = (Fault("F33", "删除标记", "delete markers", "superseded", ("hospital_interconnect.hsp_visit",), _deleted),)
