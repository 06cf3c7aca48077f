"""A small district in the raw layer: every entity, with what real deliveries bring along.

Belongs here: rows with late corrections, repeats, tombstones, missing values, lots open over midnight, persons with two
accounts, orders that were paid on another day than they were placed. Further feeds stand in modules `<name>_lake.py`
beside this one, each with `fill(lake)`, found by name. Does not belong here: expected figures.
"""

from __future__ import annotations

import importlib
import pkgutil
import random
from datetime import date, datetime, timedelta
from typing import Any

import tests.dbt as package
from tests.dbt.lake import Lake

SUBDISTRICTS = ("310105001", "310105002", "310105102")
JUNE = [date(2023, 6, 1) + timedelta(days=offset) for offset in range(30)]
_TO_UTC = timedelta(hours=-8)  # Asia/Shanghai has no summer time in these years


def _utc(day: date, minute: float) -> datetime:
    return datetime(day.year, day.month, day.day) + timedelta(minutes=minute) + _TO_UTC


def fill(lake: Lake, seed: int = 1) -> None:
    """Deliver everything and export the ledger."""
    chance = random.Random(seed)
    _parking(lake, chance)
    _hospitals(lake, chance)
    _education(lake, chance)
    _ecommerce(lake, chance)
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
        if module.name.endswith("_lake") and module.name != __name__.rpartition(".")[2]:
            importlib.import_module(f"{package.__name__}.{module.name}").fill(lake)
    lake.export()


def _parking(lake: Lake, chance: random.Random) -> None:
    def lot(number: int, **changed: Any) -> dict[str, Any]:
        values = {
            "lot_code": f"L{number}",
            "lot_name": f"停车场{number}",
            "subdistrict_code": SUBDISTRICTS[number % 3],
            "total_spaces": 100,
            "is_24h": number == 0,
            "open_from": "18:00" if number == 1 else "07:00",
            "open_to": "08:00" if number == 1 else "22:10",
            "upload_interval_minutes": None if number == 2 else 30,
            "registered_on": date(2023, 6, 3) if number == 3 else date(2022, 1, 1),
            "networked_on": date(2023, 5, 31),
            "unified_payment_on": None if number == 2 else date(2022, 3, 1),
            "offpeak_booking_on": date(2023, 7, 1) if number == 1 else date(2022, 3, 1),
        }
        return values | changed

    lake.deliver("parking.prk_lot", [lot(n) for n in range(5)], day=date(2023, 5, 29), mode="full")
    # L4 left the register; L1 moved; the same week was delivered twice
    week = date(2023, 6, 2)
    lake.deliver("parking.prk_lot", [lot(n, open_from="09:00") for n in range(4)], day=week, mode="full")
    lake.deliver("parking.prk_lot", [lot(n, subdistrict_code=SUBDISTRICTS[0]) for n in range(4)], day=week, mode="full")
    for day in JUNE[:4]:
        rows = []
        for number in range(6):  # L5 is in no register
            for minute in range(0, 1440, 30):
                if chance.random() < 0.25:
                    continue
                lag = chance.choice([0.5, 3, 10, 10.02, -4, 45, None])
                at = _utc(day, minute + chance.choice([0, 1, 29.9]))
                received = None if lag is None else at + timedelta(minutes=lag)
                free = chance.choice([0, 10, 55, 100, 101, None])
                row = {"lot_code": f"L{number}", "snapshot_time": at, "total_spaces": 100, "free_spaces": free}
                rows.append(row | {"receive_time": received, "dt": day})
        lake.deliver("parking.prk_snapshot", rows + rows[:5], rejected={day: 7})
        later = [dict(row, free_spaces=20) for row in rows[:9]] + [dict(rows[20], _deleted=True)]
        lake.deliver("parking.prk_snapshot", later)


def _hospitals(lake: Lake, chance: random.Random) -> None:
    def org(number: int, **changed: Any) -> dict[str, Any]:
        values = {
            "org_code": f"H{number}",
            "org_name": f"医院{number}",
            "org_level": "三级" if number < 2 else "社区",
            "subdistrict_code": SUBDISTRICTS[number % 3],
            "internet_hospital_licensed": number != 3,
            "licence_date": date(2022, 5, 31) if number else None,
            "is_district_owned": number != 0,
            "report_connected_on": date(2021, 6, 30),
            "image_connected_on": None if number == 2 else date(2022, 1, 1),
            "emergency_link_on": date(2022, 6, 1),
        }
        return values | changed

    feed = "hospital_interconnect"
    lake.deliver(f"{feed}.hsp_org", [org(n) for n in range(5)], day=date(2023, 6, 5))
    lake.deliver(f"{feed}.hsp_org", [org(1, closed_on=date(2023, 6, 30)), org(4, _deleted=True)], day=date(2023, 6, 20))
    sites = [
        {"site_code": f"F{n}", "org_code": f"H{n}", "subdistrict_code": code, "opened_on": date(2022, 1, n + 1)}
        for n, code in enumerate((*SUBDISTRICTS, SUBDISTRICTS[0], "310106001"))
    ]
    sites[1]["closed_on"] = date(2023, 4, 1)
    lake.deliver(f"{feed}.hsp_followup_site", sites, day=date(2023, 6, 5))
    ledgers, reports, visits = [], [], []
    for day in JUNE:
        for number in range(4):
            for kind in ("LAB", "CT", "US"):
                if chance.random() < (0.02 if number else 0.4):
                    continue
                row = {"org_code": f"H{number}", "biz_date": day, "report_type": kind, "dt": day}
                ledgers.append(row | {"issued_count": chance.choice([0, 2, 5])})
        for number in range(12):
            issued = _utc(day, 60 * number)
            uid = f"R{day:%d}-{number}"
            lag = chance.choice([5, 24 * 60, 24 * 60 + 1, -4, -6, None])
            report = {
                "report_uid": uid,
                "version_no": 1,
                "org_code": f"H{number % 5}",
                "report_no": uid,
                "report_type": chance.choice(["LAB", "CT", "US"]),
                "issued_time": issued,
                "status": chance.choice(["final", "final", "prelim"]),
                "receive_time": None if lag is None else issued + timedelta(minutes=lag),
                "image_uploaded": chance.choice([True, False, None]),
                "dt": day,
            }
            reports.append(report)
            if number % 4 == 0:  # a later version, on another day when it is the last of the month's day
                next_day = min(day + timedelta(days=number % 3), JUNE[-1])
                status = chance.choice(["corrected", "cancelled"])
                reports.append(report | {"version_no": 2, "status": status, "dt": next_day})
            kinds = ["门诊", "互联网", "急诊"]
            visits.append(
                {
                    "visit_id": f"V{uid}",
                    "org_code": f"H{number % 6}",
                    "visit_type": chance.choice(kinds),
                    "visit_time": issued,
                    "dt": day,
                }
            )
    lake.deliver(f"{feed}.hsp_daily_ledger", ledgers)
    lake.deliver(f"{feed}.hsp_daily_ledger", [dict(row, issued_count=9) for row in ledgers[:20]])
    lake.deliver(f"{feed}.hsp_report", reports)
    lake.deliver(
        f"{feed}.hsp_report", [dict(row, _deleted=True) for row in reports[:3]] + reports[5:9], delivery="fhir"
    )
    lake.deliver(f"{feed}.hsp_visit", visits + visits[:6])


def _education(lake: Lake, chance: random.Random) -> None:
    feed = "education_base"

    def org(number: int, **changed: Any) -> dict[str, Any]:
        values = {
            "org_code": f"E{number}",
            "org_name": f"学校{number}",
            "subdistrict_code": SUBDISTRICTS[number % 3],
            "base_onboard_date": date(2022, 9, 1) if number != 2 else None,
            "benchmark_on": date(2023, 6, 30) if number == 1 else None,
            "status": "inactive" if number == 4 else "active",
        }
        return values | changed

    lake.deliver(f"{feed}.edu_org", [org(n) for n in range(6)], day=JUNE[3], mode="full")
    lake.deliver(f"{feed}.edu_org", [org(n, status="active") for n in range(5)], day=JUNE[10], mode="full")

    def account(number: int, **changed: Any) -> dict[str, Any]:
        values = {
            "account_id": f"A{number}",
            "person_hash": f"P{number // 2 if number < 20 else number}",
            "role": ("student", "student", "teacher", "guardian")[number % 4],
            "org_code": None if number == 7 else f"E{number % 6}",
            "enabled": number % 9 != 0,
            "realname_verified": None if number % 11 == 0 else number % 5 != 0,
            "created_at": _utc(JUNE[-1], 1439 if number == 13 else 1440) if number in (13, 14) else _utc(JUNE[0], 0),
        }
        return values | changed

    lake.deliver(f"{feed}.edu_account", [account(n) for n in range(60)], day=JUNE[3], mode="full")
    changes = [account(1, enabled=False), account(2, _deleted=True), account(99)]
    lake.deliver(f"{feed}.edu_account", changes, day=JUNE[5])
    lake.deliver(f"{feed}.edu_account", [account(n) for n in range(1, 58)], day=JUNE[10], mode="full")
    heads = [
        {"org_code": f"E{n}", "count_date": day, "student_on_roll": 6 + n, "staff_in_post": 2, "dt": day}
        for n in range(6)
        for day in (JUNE[2], JUNE[29])
    ]
    lake.deliver(f"{feed}.edu_roster_head", [*heads, dict(heads[0], student_on_roll=50)])
    kinds = ("native", "third_party", "low_code")
    apps = [
        {
            "app_id": f"X{n}",
            "app_name": f"应用{n}",
            "category": "学习空间" if n % 2 else "教学",
            "app_type": kinds[n % 3],
            "online_date": date(2022, 1, 1),
            "offline_date": date(2023, 6, 30) if n == 6 else None,
        }
        for n in range(9)
    ]
    lake.deliver(f"{feed}.edu_app", apps, day=JUNE[4], mode="full")
    lake.deliver(f"{feed}.edu_app", apps[:-1], day=JUNE[11], mode="full")
    for day in JUNE:
        events = [
            {
                "event_id": f"U{day:%d}-{n}",
                "event_time": _utc(day, 30 * n),
                "account_id": f"A{chance.randrange(70)}",
                "app_id": f"X{chance.randrange(3 if chance.random() < 0.9 else 12)}",
                "verb": chance.choice(["login", "view", "logout"]),
                "dt": day,
            }
            for n in range(40)
        ]
        lake.deliver(f"{feed}.edu_usage_event", events + events[:3])
    for table in ("edu_class", "edu_enrollment"):
        row = {"class_id": "C1", "account_id": "A1", "role": "student", "class_name": "一班", "org_code": "E1"}
        lake.deliver(f"{feed}.{table}", [row], day=JUNE[3], mode="full")


def _ecommerce(lake: Lake, chance: random.Random) -> None:
    feed = "ecommerce_gmv"
    platforms = [
        {
            "platform_code": f"M{n}",
            "platform_name": f"平台{n}",
            "in_scope_from": date(2023, 3, 31) if n == 3 else None,
            "in_scope_to": date(2023, 2, 28) if n == 2 else None,
        }
        for n in range(7)
    ]
    lake.deliver(f"{feed}.ecm_platform", platforms, day=date(2022, 3, 1), mode="full")
    months = [date(year, month, 1) for year in (2021, 2022, 2023) for month in range(2, 13 if year < 2023 else 6)]
    for month in months:
        period = f"{month:%Y%m}"
        due = _utc(date(month.year + month.month // 12, month.month % 12 + 1, 9), 0)
        rows = [
            {
                "platform_code": f"M{n}",
                "period": period,
                "version_no": "1",
                "gmv_month": chance.choice([5_000_000, 9_090_909.25, 20_000_000]),
                "submitted_at": None if n == 4 else due + timedelta(minutes=chance.choice([0, 1439, 1440])),
                "approved": None if n == 1 else True,
            }
            for n in range(5)
            if chance.random() > 0.1
        ]
        second = [dict(rows[0], version_no="10", gmv_month=1), dict(rows[0], version_no="9", gmv_month=2)]
        refused = [dict(rows[-1], version_no="2", approved=False)]
        lake.deliver(f"{feed}.ecm_return", rows + second + refused, day=month, mode="full")
        lake.deliver(f"{feed}.ecm_city_total", [{"period": period, "city_gmv": 400_000_000}], day=month, mode="full")
    lines = []
    for number in range(1, 7):
        for n in range(20):
            day = date(2023, number, 1 + n)
            line = {
                "platform_code": f"M{n % 7}",
                "order_id": f"O{number}-{n // 2}",
                "line_no": str(n % 2),
                "order_time": _utc(day, 60),
                "paid_time": None if n % 9 == 0 else _utc(day, 61),
                "order_status": "paid",
                "paid_amount": None if n == 4 else chance.choice([0, 10.5, 99.99]),
                "dt": day,
            }
            lines.append(line)
    lake.deliver(f"{feed}.ecm_order", lines)
    moved = dict(lines[9], paid_time=_utc(date(2023, 2, 1), 0), paid_amount=7, dt=date(2023, 2, 1))
    lake.deliver(f"{feed}.ecm_order", [moved])
