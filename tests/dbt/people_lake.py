"""The small district's venues, digital homes, seniors, stations and entrances, with what real deliveries bring along.

Belongs here: rows of these registers with late corrections, tombstones, keys that vanish, moves, missing values.
Does not belong here: expected figures, the other feeds (`small_lake.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from tests.dbt.lake import Lake

_SUBDISTRICTS = ("310105001", "310105002", "310105102")
_MARCH, _MAY, _JUNE, _LATER = date(2023, 3, 31), date(2023, 5, 31), date(2023, 6, 30), date(2023, 7, 31)
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
    """Deliver the five feeds."""
    _register(lake, "sports_venues.spt_venue", "venue_code", "upgrade_accepted_on", "closed_on")
    _register(lake, "sports_venues.spt_senior_home", "home_code", "opened_on", "closed_on")
    _register(lake, "community_registry.hom_digital_home", "home_code", "accepted_on", "withdrawn_on")
    _covered(lake, "eld_senior", "person_hash", ("eligible_from", "eligible_to"), ("served_from", "served_to"))
    _covered(lake, "eld_home", "home_code", ("listed_on", "delisted_on"), ("alarm_installed_on", "alarm_removed_on"))
    _courses(lake)
    _stations(lake)
    _entrances(lake)


def _place(number: int) -> Mapping[str, Any]:
    return {"subdistrict_code": _SUBDISTRICTS[number % 3]}


def _register(lake: Lake, entity: str, key: str, begun: str, ended: str) -> None:
    """A full register: one thing moves, one leaves, the last state comes twice."""
    rows = [
        {key: f"K{number}", begun: begins, ended: ends, **_place(number)}
        for number, (begins, ends) in enumerate(_SPANS)
    ]
    lake.deliver(entity, rows, day=_MARCH, mode="full")
    later = [dict(row, subdistrict_code=_SUBDISTRICTS[0]) if row[key] == "K4" else row for row in rows[1:]]
    lake.deliver(entity, later, day=_JUNE, mode="full")
    lake.deliver(
        entity, [dict(row, **{ended: None}) if row[key] == "K3" else row for row in later], day=_JUNE, mode="full"
    )


def _covered(lake: Lake, entity: str, key: str, whole: tuple[str, str], part: tuple[str, str]) -> None:
    """Changes of a view: every pairing of being entitled and being served, one change, one deletion."""
    name = f"elderly_services.{entity}"
    rows = [
        {
            key: f"P{number}",
            whole[0]: entitled[0] or date(2021, 1, 1),
            whole[1]: entitled[1],
            part[0]: served[0],
            part[1]: served[1],
            **_place(number),
        }
        for number, (entitled, served) in enumerate((a, b) for a in _SPANS for b in _SPANS)
    ]
    lake.deliver(name, rows, day=_MARCH)
    lake.deliver(name, [dict(rows[6], **{part[0]: date(2023, 6, 15)})], day=date(2023, 6, 16))
    lake.deliver(name, [dict(rows[7], _deleted=True)], day=date(2023, 6, 20))


def _courses(lake: Lake) -> None:
    """Two months of courses with one between them missing; June comes a second time and replaces the first."""

    def month(first: date, factor: int) -> list[dict[str, Any]]:
        days = (first, first + timedelta(days=9), first + timedelta(days=20))
        return [
            {"course_code": f"C{day:%m%d}", "held_on": day, "attendances": factor * (n + 1), "dt": day, **_place(n)}
            for n, day in enumerate(days)
        ]

    lake.deliver("elderly_services.eld_course", month(date(2023, 4, 1), 10), mode="full")
    lake.deliver("elderly_services.eld_course", month(date(2023, 6, 1), 100), mode="full")
    lake.deliver("elderly_services.eld_course", month(date(2023, 6, 1), 7)[:2], mode="full")


def _stations(lake: Lake) -> None:
    """Every kind, alive, silent to the second, never heard of; May is missing."""
    for day in (date(2023, 4, 30), _JUNE):
        end = datetime(day.year, day.month, day.day, 16)  # 24:00 in Shanghai is 16:00 UTC
        heard = (end, end - timedelta(hours=6), end - timedelta(hours=6, seconds=1), None)
        rows = [
            {
                "station_code": f"{kind}{number}",
                "kind": kind,
                "installed_on": date(2021, 3, 1),
                "removed_on": date(2023, 6, 1) if number == 0 and kind == "dust" else None,
                "offline_after_hours": 6,
                "last_data_at": last,
                "stated_on": day,
                **_place(number),
            }
            for kind in ("air", "micro", "water", "noise", "dust", "fume")
            for number, last in enumerate(heard)
        ]
        lake.deliver("ecology_monitoring.eco_station", rows, day=day, mode="full")


def _entrances(lake: Lake) -> None:
    """Entrances and cameras of all spans; a camera of no entrance; the cameras' last delivery is a quarter older."""
    _register(lake, "public_safety.sec_entrance", "entrance_code", "opened_on", "closed_on")
    cameras = [
        {
            "camera_code": f"S{entrance}{number}",
            "entrance_code": f"K{entrance}",
            "installed_on": begins,
            "retired_on": ends,
        }
        for entrance in (*range(4), 9)
        for number, (begins, ends) in enumerate(_SPANS[entrance % 4 : entrance % 4 + 2])
    ]
    lake.deliver("public_safety.sec_camera", cameras, day=date(2023, 6, 1), mode="full")
    lake.deliver("public_safety.sec_camera", cameras[2:], day=_LATER, mode="full")
