"""The small district's cases, windows, elements and data resources, with what real deliveries bring along.

Belongs here: rows with later versions in other months, tombstones, cases that do not count, missing values, things that
leave their register. Does not belong here: expected figures, the other feeds (`small_lake.py`).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from tests.dbt.lake import Lake

_SUBDISTRICTS = ("310105001", "310105002", "310105102", None)
_CHANNELS = ("web", "app", "kiosk", "counter", "post")
_STATES = ("finished", "in_hand", "refused", "withdrawn", "void")
_MARCH, _MAY, _JUNE = date(2023, 3, 25), date(2023, 5, 31), date(2023, 6, 30)
_JUNE_LIST = date(2023, 6, 25)
# Beginnings and ends on, before and after the days on which figures are stated; the last one never began.
_SPANS = (
    (date(2021, 5, 4), None),
    (_MAY, None),
    (date(2022, 1, 10), _MAY),
    (date(2022, 1, 10), _JUNE),
    (_JUNE, None),
    (date(2023, 7, 1), None),
    (None, None),
)


def fill(lake: Lake) -> None:
    """Deliver the three feeds."""
    _cases(lake)
    _windows(lake)
    _online(lake, "government_services.gov_bundle", "bundle_code", level="district")
    _online(lake, "government_services.gov_store_service", "service_code")
    _online(lake, "city_operations.cop_scenario", "scenario_code")
    _visits(lake)
    _elements(lake)
    _resources(lake)


def _case(number: int, month: date, **changed: Any) -> dict[str, Any]:
    """A case accepted in `month`, early on its first day: still the day before in UTC."""
    accepted = datetime(month.year, month.month, month.day, 0, number % 60) - timedelta(hours=8)
    state = _STATES[number % 5]
    due = month + timedelta(days=number % 4)
    values = {
        "case_no": f"C{number}",
        "case_month": month,
        "task_code": "T",
        "subdistrict_code": _SUBDISTRICTS[number % 4],
        "apply_channel": _CHANNELS[number % 3 if number % 7 else 3],
        "apply_time": accepted - timedelta(hours=1),
        "accept_time": accepted,
        "promise_due": due if number % 6 else None,
        # on the promised day, in its last local second, and one second later
        "finish_time": None
        if state == "in_hand"
        else datetime(due.year, due.month, due.day, 15, 59, 59) + timedelta(seconds=number % 2),
        "case_status": state,
        "offline_visits": (0, 0, 1, None)[number % 4],
        "rating": (None, 5, 3, 2)[number % 4],
        "is_test": number % 11 == 0,
        "dt": month,
    }
    return values | changed


def _cases(lake: Lake) -> None:
    months = (date(2021, 1, 1), date(2022, 2, 1), date(2023, 5, 1), date(2023, 6, 1), date(2023, 7, 1))
    rows = [_case(100 * nth + number, month) for nth, month in enumerate(months) for number in range(40)]
    waiting = _case(900, date(2023, 5, 1), accept_time=None, finish_time=None, case_status="applied")
    lake.deliver("government_services.gov_case", [*rows, waiting])
    later = [
        _case(900, date(2023, 6, 1), case_status="finished"),  # applied in May, accepted in June
        _case(201, date(2023, 5, 1), case_status="void"),
        _case(302, date(2023, 6, 1), apply_channel="counter"),
        _case(303, date(2023, 6, 1), _deleted=True),
    ]
    lake.deliver("government_services.gov_case", later)


def _windows(lake: Lake) -> None:
    """Every pairing of being in use and being comprehensive; one is withdrawn from the register, one moves."""
    rows = [
        {
            "window_code": f"W{number}",
            "subdistrict_code": _SUBDISTRICTS[number % 3],
            "opened_on": opened or date(2021, 1, 1),
            "closed_on": closed,
            "comprehensive_since": since,
        }
        for number, ((opened, closed), (since, _)) in enumerate((a, b) for a in _SPANS for b in _SPANS)
    ]
    lake.deliver("government_services.gov_window", rows, day=_MARCH, mode="full")
    moved = [dict(row, subdistrict_code="310105001") if row["window_code"] == "W7" else row for row in rows[1:]]
    lake.deliver("government_services.gov_window", moved, day=_JUNE_LIST, mode="full")


def _online(lake: Lake, entity: str, key: str, **also: Any) -> None:
    rows = [
        {key: f"K{number}", "online_on": online, "offline_on": offline, **also}
        for number, (online, offline) in enumerate(_SPANS)
    ]
    if also:
        rows.append({key: "K9", "online_on": date(2021, 1, 1), "offline_on": None, "level": "city"})
    lake.deliver(entity, rows, day=_MARCH, mode="full")
    lake.deliver(entity, rows[1:], day=_JUNE_LIST, mode="full")


def _visits(lake: Lake) -> None:
    """A whole year and one that lacks April; a month is reported again."""
    months = [date(2022, number, 1) for number in range(1, 13)]
    months += [date(2023, number, 1) for number in (1, 2, 3, 5, 6)]
    rows = [{"month_start": month, "visits": 1000 + month.month, "dt": month} for month in months]
    lake.deliver("government_services.gov_store_visit", rows)
    lake.deliver("government_services.gov_store_visit", [dict(rows[11], visits=77), dict(rows[-1], visits=88)])


def _elements(lake: Lake) -> None:
    """Every pairing of being listed and connected; heartbeats to the second; May's last day is missing."""
    rows = [
        {
            "element_code": f"E{number}",
            "listed_on": listed or date(2021, 1, 1),
            "removed_on": removed,
            "connected_on": connected,
            "max_silence_days": number % 3,
        }
        for number, ((listed, removed), (connected, _)) in enumerate((a, b) for a in _SPANS for b in _SPANS)
    ]
    lake.deliver("city_operations.cop_element", rows, day=_MARCH, mode="full")
    lake.deliver("city_operations.cop_element", rows[2:], day=_JUNE_LIST, mode="full")
    for day in (date(2023, 4, 30), date(2023, 5, 30), _JUNE):
        midnight = datetime(day.year, day.month, day.day, 16) - timedelta(days=2)  # of yesterday, in Shanghai
        beats = [
            {
                "element_code": f"E{number}",
                "report_day": day,
                "last_data_time": midnight - timedelta(seconds=number % 2),
                "dt": day,
            }
            for number in range(0, len(rows), 1 if day == _JUNE else 2)
        ]
        lake.deliver("city_operations.cop_heartbeat", beats)
    again = {"element_code": "E7", "report_day": _JUNE, "last_data_time": datetime(2023, 6, 30, 1), "dt": _JUNE}
    lake.deliver("city_operations.cop_heartbeat", [again, dict(again, element_code="E14", _deleted=True)])


def _resources(lake: Lake) -> None:
    """Every pairing of being catalogued and mounted, of each share type; changes are dated by their own day."""
    day = date(2023, 4, 3)
    rows = [
        {
            "resource_code": f"R{number}",
            "share_type": ("unconditional", "conditional", "exempt")[number % 3],
            "catalogued_on": catalogued or date(2021, 1, 1),
            "withdrawn_on": withdrawn,
            "mounted_on": mounted,
            "changed_on": day,
            "dt": day,
        }
        for number, ((catalogued, withdrawn), (mounted, _)) in enumerate((a, b) for a in _SPANS for b in _SPANS)
    ]
    lake.deliver("data_catalogue.dcat_resource", rows)
    changed = date(2023, 6, 12)
    later = [
        dict(rows[6], mounted_on=changed, changed_on=changed, dt=changed),
        dict(rows[0], share_type="exempt", changed_on=_JUNE, dt=_JUNE),
        dict(rows[1], changed_on=changed, dt=changed, _deleted=True),
    ]
    lake.deliver("data_catalogue.dcat_resource", later)
