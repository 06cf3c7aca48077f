"""The education bureau: nightly OneRoster-style archives, full on Sundays, changes on other days.

Belongs here: archives and their members. Does not belong here: the population (`education_accounts.py`), the usage log
and the app catalogue (`education_usage.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta

import numpy as np
import pyarrow as pa

from sources.simulator.delivery_files import Outbox, csv_bytes, zipped
from sources.simulator.district import local
from sources.simulator.education_accounts import ROSTER_OPENED, DigitalBase, logins
from sources.simulator.randomness import Chance
from sources.simulator.span import Span

# The archive of this day is sent again: the first one had disabled accounts by mistake.
_RESENT = date(2023, 6, 14)
_WRONGLY_DISABLED = 40
_SUNDAY = 6
_SECONDS = 86_400
# Pupils and staff on the rolls beyond those with an account.
_ROLL_FACTOR = 1.012


class _Roster:
    """Columns that do not change from day to day, made once."""

    def __init__(self, base: DigitalBase, chance: Chance) -> None:
        accounts = base.accounts
        self.base = base
        self.ids = pa.array(accounts.ids)
        pupil = accounts.roles == "student"
        # A pupil's number is G and 18 digits; division 999999 was never issued. Staff have a service number.
        self.identifiers = pa.array(
            [
                f"G999999{person:012d}" if is_pupil else f"T{person:08d}"
                for person, is_pupil in zip(accounts.persons.tolist(), pupil.tolist(), strict=True)
            ]
        )
        families, given = "赵钱孙李周吴郑王冯陈", "一二三四五六七八九十甲乙丙丁戊"
        self.families = pa.array([families[person % 10] for person in accounts.persons.tolist()])
        self.given = pa.array([given[person // 10 % 15] + "示例" for person in accounts.persons.tolist()])
        self.unit_codes = np.array([unit.code for unit in base.units])
        grade = np.char.zfill((accounts.classes % 9 + 1).astype(str), 2)
        self.grades = pa.array(np.where(pupil, grade, ""))
        rng = chance.of("account times")
        # Joiners come after the base's accounts, so the first numbers drawn stay the same when a range grows.
        self.created_second = rng.integers(8 * 3600, 17 * 3600, len(accounts.ids))
        before = ROSTER_OPENED.toordinal() - accounts.created
        self.first_login = np.where(
            np.arange(len(before)) % 12 == 5,
            0,
            accounts.created + np.maximum(before, 0) * ((np.arange(len(before)) * 37 % 100) / 100),
        ).astype(int)
        self.first_login[accounts.created >= ROSTER_OPENED.toordinal()] = 0


def deliver_rosters(base: DigitalBase, chance: Chance, span: Span, outbox: Outbox) -> None:
    """One archive a day from the opening on, exported at two in the night after it."""
    roster = _Roster(base, chance)
    last_login = roster.first_login.copy()
    modified = np.maximum(base.accounts.created, ROSTER_OPENED.toordinal() - 1 - np.arange(len(last_login)) % 90)
    wanted = span.days(ROSTER_OPENED)
    day = ROSTER_OPENED
    # Replayed from the opening, so that a full archive holds the logins of all days before it.
    while day <= span.end:
        seen = logins(base, chance, day, span)
        last_login[seen] = day.toordinal()
        changed = np.unique(
            np.concatenate(
                [
                    seen,
                    np.flatnonzero(
                        (base.accounts.gone == day.toordinal()) | (base.accounts.created == day.toordinal())
                    ),
                ]
            )
        )
        modified[changed] = day.toordinal()
        if day in wanted:
            full = day.weekday() == _SUNDAY or day == max(span.start, ROSTER_OPENED)
            _deliver_day(roster, day, full, changed, last_login, modified, outbox)
        day += timedelta(days=1)


def _deliver_day(
    roster: _Roster,
    day: date,
    full: bool,
    changed: np.ndarray,
    last_login: np.ndarray,
    modified: np.ndarray,
    outbox: Outbox,
) -> None:
    night = local(day + timedelta(days=1), time(2, 10))
    resent = day == _RESENT and not full
    outbox.deliver(
        f"oneroster/oneroster_{day:%Y%m%d}_1.zip",
        night,
        _archive,
        roster,
        day,
        full,
        changed,
        last_login,
        modified,
        _WRONGLY_DISABLED if resent else 0,
    )
    if resent:
        outbox.deliver(
            f"oneroster/oneroster_{day:%Y%m%d}_2.zip",
            night + timedelta(hours=7),
            _archive,
            roster,
            day,
            full,
            changed,
            last_login,
            modified,
            0,
        )


def _archive(
    roster: _Roster,
    day: date,
    full: bool,
    changed: np.ndarray,
    last_login: np.ndarray,
    modified: np.ndarray,
    wrong: int,
) -> bytes:
    base = roster.base
    chosen = base.accounts.present(day) if full else changed
    members: dict[str, bytes] = {}
    orgs = [i for i, unit in enumerate(base.units) if full or day in unit.changes()]
    if orgs:
        members["orgs.csv"] = csv_bytes(_orgs(base, orgs, day))
    users = _users(roster, chosen, day, last_login, modified, wrong)
    members["users.csv"] = csv_bytes(_with_faults(users) if full else users)
    if full:
        members["classes.csv"] = csv_bytes(_classes(base, day))
    # A login changes no enrolment: only who joins or leaves does.
    moved = (
        chosen
        if full
        else changed[
            (base.accounts.created[changed] == day.toordinal()) | (base.accounts.gone[changed] == day.toordinal())
        ]
    )
    if len(moved):
        members["enrollments.csv"] = csv_bytes(_enrolments(roster, moved, day, modified))
    if full:
        members["ext_headcounts.csv"] = csv_bytes(_headcounts(base, day))
    mode = "bulk" if full else "delta"
    entries = [("manifest.version", "1.0"), ("oneroster.version", "1.1")]
    names = ("orgs", "users", "classes", "enrollments", "ext_headcounts")
    entries += [(f"file.{name}", mode if f"{name}.csv" in members else "absent") for name in names]
    entries += [("source.systemName", "education-base"), ("source.systemCode", "CNEDU")]
    manifest = pa.table({"propertyName": [name for name, _ in entries], "value": [value for _, value in entries]})
    return zipped({"manifest.csv": csv_bytes(manifest), **members})


def _stamps(ordinals: np.ndarray, seconds: np.ndarray) -> pa.Array:
    """Local days and seconds as ISO times in UTC, null where the day is 0."""
    moments = (ordinals.astype("int64") - date(1970, 1, 1).toordinal()) * _SECONDS + seconds - 8 * 3600
    text = np.datetime_as_string(moments.astype("datetime64[s]").astype("datetime64[ms]"), timezone="UTC")
    return pa.array(text, mask=ordinals == 0)


def _words(flags: np.ndarray) -> pa.Array:
    return pa.array(np.where(flags, "true", "false"))


def _users(
    roster: _Roster, chosen: np.ndarray, day: date, last_login: np.ndarray, modified: np.ndarray, wrong: int
) -> pa.Table:
    accounts = roster.base.accounts
    picked = pa.array(chosen)
    gone = accounts.gone[chosen] <= day.toordinal()
    enabled = accounts.enabled[chosen] & ~gone
    enabled[:wrong] = False
    second = roster.created_second[chosen]
    return pa.table(
        {
            "sourcedId": roster.ids.take(picked),
            "status": pa.array(np.where(gone & accounts.deleted[chosen], "tobedeleted", "active")),
            "dateLastModified": _stamps(modified[chosen], second + 1800),
            "enabledUser": _words(enabled),
            "orgSourcedIds": pa.array(roster.unit_codes[accounts.unit[chosen]]),
            "role": pa.array(accounts.roles[chosen]),
            "username": roster.ids.take(picked),
            "givenName": roster.given.take(picked),
            "familyName": roster.families.take(picked),
            "identifier": roster.identifiers.take(picked),
            "grades": roster.grades.take(picked),
            "metadata.realnameVerified": _words(accounts.verified[chosen]),
            "metadata.createdAt": _stamps(accounts.created[chosen], second),
            "metadata.lastLoginAt": _stamps(last_login[chosen], second + 900),
        }
    )


def _with_faults(users: pa.Table) -> pa.Table:
    """The table with two rows exported twice and three of a role that the base does not know."""
    strangers = users.slice(10, 3)
    names = pa.array([f"X{i:07d}" for i in range(strangers.num_rows)])
    strangers = strangers.set_column(0, "sourcedId", names)
    strangers = strangers.set_column(5, "role", pa.array(["visitor"] * strangers.num_rows))
    return pa.concat_tables([users, users.slice(20, 2), strangers])


def _orgs(base: DigitalBase, positions: Sequence[int], day: date) -> pa.Table:
    def known(value: date | None) -> str | None:
        return value.isoformat() if value and value <= day else None

    found = [base.units[i] for i in positions]
    latest = [max([date(2023, 5, 31), *(change for change in unit.changes() if change <= day)]) for unit in found]
    return pa.table(
        {
            "sourcedId": [unit.code for unit in found],
            "status": ["active"] * len(found),
            "dateLastModified": [f"{change.isoformat()}T08:00:00.000Z" for change in latest],
            "name": [unit.name for unit in found],
            "type": ["school" if unit.kind != "affiliated" else "local" for unit in found],
            "identifier": [unit.uscc for unit in found],
            "metadata.orgType": [unit.kind for unit in found],
            "metadata.subdistrictCode": [unit.subdistrict for unit in found],
            "metadata.baseOnboardDate": pa.array([known(unit.onboarded_on) for unit in found], pa.string()),
            "metadata.benchmarkSchool": ["true" if known(unit.benchmark_on) else "false" for unit in found],
            "metadata.benchmarkDate": pa.array([known(unit.benchmark_on) for unit in found], pa.string()),
            "metadata.operatingStatus": ["closed" if known(unit.closed_on) else "open" for unit in found],
        }
    )


def _school_year(day: date) -> int:
    return day.year if day.month >= 9 else day.year - 1


def _class_ids(base: DigitalBase, classes: np.ndarray) -> pa.Array:
    codes = np.array([unit.code for unit in base.units])[base.class_units[classes]]
    numbers = np.char.zfill((classes - base.first_class[base.class_units[classes]] + 1).astype(str), 2)
    return pa.array(np.char.add(np.char.add(codes, "-C"), numbers))


def _classes(base: DigitalBase, day: date) -> pa.Table:
    every = np.arange(len(base.class_units))
    grade = every % 9 + 1
    return pa.table(
        {
            "sourcedId": _class_ids(base, every),
            "status": ["active"] * len(every),
            "dateLastModified": [f"{_school_year(day)}-09-01T00:00:00.000Z"] * len(every),
            "title": [f"{g}年级{n % 12 + 1}班" for g, n in zip(grade.tolist(), every.tolist(), strict=True)],
            # Mixed classes of optional courses belong to no grade.
            "grades": pa.array(
                [None if n % 25 == 9 else f"{g:02d}" for g, n in zip(grade.tolist(), every.tolist(), strict=True)]
            ),
            "classType": ["homeroom"] * len(every),
            "schoolSourcedId": pa.array(np.array([unit.code for unit in base.units])[base.class_units]),
            "metadata.schoolYear": [str(_school_year(day))] * len(every),
        }
    )


def _enrolments(roster: _Roster, positions: np.ndarray, day: date, modified: np.ndarray) -> pa.Table:
    base, accounts = roster.base, roster.base.accounts
    classes, members = base.enrolments(positions)
    gone = accounts.gone[members] <= day.toordinal()
    year = _school_year(day)
    class_ids = _class_ids(base, classes)
    ids = roster.ids.take(pa.array(members))
    return pa.table(
        {
            "sourcedId": pa.array(
                np.char.add(np.char.add(np.asarray(class_ids, dtype=str), "-"), np.asarray(ids, dtype=str))
            ),
            "status": pa.array(np.where(gone, "tobedeleted", "active")),
            "dateLastModified": _stamps(modified[members], np.full(len(members), 3 * 3600 + 8 * 3600)),
            "classSourcedId": class_ids,
            "schoolSourcedId": pa.array(roster.unit_codes[base.class_units[classes]]),
            "userSourcedId": ids,
            "role": pa.array(accounts.roles[members]),
            "beginDate": pa.array(np.full(len(members), f"{year}-09-01"), mask=members % 50 == 7),
            "endDate": pa.array(np.full(len(members), f"{year + 1}-07-15"), mask=members % 3 == 0),
        }
    )


def _headcounts(base: DigitalBase, day: date) -> pa.Table:
    accounts = base.accounts
    here = accounts.usable(day)
    pupils = np.bincount(accounts.unit[here & (accounts.roles == "student")], minlength=len(base.units))
    staff = np.bincount(
        accounts.unit[here & np.isin(accounts.roles, ["teacher", "administrator"])], minlength=len(base.units)
    )
    reporting = [i for i, unit in enumerate(base.units) if unit.closed_on is None]
    return pa.table(
        {
            "orgSourcedId": [base.units[i].code for i in reporting],
            "countDate": [day.isoformat()] * len(reporting),
            "studentOnRoll": [int(np.ceil(pupils[i] * _ROLL_FACTOR)) for i in reporting],
            "staffInPost": [int(np.ceil(staff[i] * _ROLL_FACTOR)) for i in reporting],
        }
    )
