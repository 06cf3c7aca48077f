"""Accounts, classes and enrolments of the education base, and how they change from day to day.

Belongs here: the population as columns, and who joins, leaves and logs in on a day. Does not belong here: archives
(`education.py`), the usage log (`education_usage.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sources.simulator.district import days, ramp, working_day
from sources.simulator.education_units import App, Unit, apps, divide, units
from sources.simulator.randomness import Chance
from sources.simulator.span import Span

# The first archive is a full one; a month of archives bounds the demonstration's volume.
ROSTER_OPENED = date(2023, 6, 1)
_ACCOUNTS_SINCE = date(2021, 3, 1)
_STUDENTS_PER_CLASS = 32
_CLASSES_PER_TEACHER = 4
_TEACHER_SHARE, _STAFF_SHARE = 0.092, 0.018
# Accounts that do not count, as a share of those that do.
_DISABLED_SHARE, _GUARDIAN_SHARE = 0.03, 0.045
_VERIFIED_SHARE = 0.968
# Enabled accounts of students, teachers and staff at the end of the day: 60,000 from 27 June 2023 to the report's day.
_ENABLED = [
    (date(2023, 6, 1), 59_880.0),
    (date(2023, 6, 27), 60_000.0),
    (date(2023, 6, 30), 60_000.0),
    (date(2023, 12, 31), 61_200.0),
    (date(2025, 12, 31), 63_000.0),
]
_LEAVERS_A_WORKING_DAY = 3
_LOGINS_A_DAY = 300
_NEVER = 1 << 30


@dataclass(frozen=True)
class Accounts:
    """Accounts as columns of one length. Days are ordinals; `gone` is the day of deletion or disabling, or far off.

    `enabled` is what holds until `gone`; `deleted` says that the account is then removed and not just disabled.
    `persons` numbers people, several accounts of one person share it. `classes` is the position of the home class.
    """

    ids: np.ndarray
    persons: np.ndarray
    roles: np.ndarray
    unit: np.ndarray
    classes: np.ndarray
    enabled: np.ndarray
    verified: np.ndarray
    created: np.ndarray
    gone: np.ndarray
    deleted: np.ndarray

    def present(self, day: date) -> np.ndarray:
        """Positions of the accounts that exist at the end of `day`, disabled ones included."""
        today = day.toordinal()
        return np.flatnonzero((self.created <= today) & ~((self.gone <= today) & self.deleted))

    def usable(self, day: date) -> np.ndarray:
        """For every account whether it exists and is enabled at the end of `day` (boolean)."""
        today = day.toordinal()
        result: np.ndarray = self.enabled & (self.created <= today) & (self.gone > today)
        return result


@dataclass(frozen=True)
class DigitalBase:
    """What the education base knows. `class_units` is the unit of each class, `first_class` each unit's first class."""

    units: list[Unit]
    apps: list[App]
    accounts: Accounts
    class_units: np.ndarray
    first_class: np.ndarray
    class_counts: np.ndarray

    def enrolments(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(class, account position) pairs of the accounts at `positions`: pupils one class, teachers up to four."""
        accounts = self.accounts
        pupils = positions[(accounts.roles[positions] == "student") & accounts.enabled[positions]]
        teachers = positions[accounts.roles[positions] == "teacher"]
        classes, members = [accounts.classes[pupils]], [pupils]
        counts = self.class_counts[accounts.unit[teachers]]
        start = self.first_class[accounts.unit[teachers]]
        for step in range(_CLASSES_PER_TEACHER):
            enough = counts > step
            offset = (accounts.classes[teachers] - start + step) % np.maximum(counts, 1)
            classes.append((start + offset)[enough])
            members.append(teachers[enough])
        return np.concatenate(classes), np.concatenate(members)


def logins(base: DigitalBase, chance: Chance, day: date, span: Span) -> np.ndarray:
    """Positions of the accounts whose last login the base refreshed on `day` (without those that joined later)."""
    rng = chance.of("logins", day)
    older = np.flatnonzero(base.accounts.created < ROSTER_OPENED.toordinal())
    chosen = np.unique(rng.choice(older, span.volume(_LOGINS_A_DAY)))
    usable: np.ndarray = chosen[base.accounts.usable(day)[chosen]]
    return usable


def digital_base(chance: Chance, span: Span) -> DigitalBase:
    """The base with all accounts that exist up to the end of `span`; what earlier days see does not depend on it."""
    found = units(chance)
    rng = chance.of("accounts")
    total = _target(ROSTER_OPENED, span)
    teachers, staff = round(total * _TEACHER_SHARE), round(total * _STAFF_SHARE)
    pupils = total - teachers - staff
    disabled, guardians = round(total * _DISABLED_SHARE), round(total * _GUARDIAN_SHARE)
    # Units that join the base after the first month have no accounts yet, closed ones no longer.
    here = np.array([float(unit.closed_on is None and unit.onboarded_on < date(2023, 7, 1)) for unit in found])
    pupil_weights = here * np.array([unit.size for unit in found])
    staff_weights = here * np.array([unit.size * unit.staffing + 0.1 for unit in found])
    pupil_counts = divide(pupils, pupil_weights)
    class_counts = np.maximum(pupil_counts // _STUDENTS_PER_CLASS, (pupil_counts > 0).astype(int))
    first_class = np.concatenate([[0], np.cumsum(class_counts)[:-1]])
    places = np.arange(len(found))
    unit = np.concatenate(
        [
            np.repeat(places, pupil_counts),
            rng.permutation(np.repeat(places, divide(teachers, staff_weights))),
            rng.permutation(np.repeat(places, divide(staff, staff_weights))),
            rng.choice(places, disabled + guardians, p=pupil_weights / pupil_weights.sum()),
        ]
    )
    roles = np.repeat(
        ["student", "teacher", "administrator", "student", "guardian"], [pupils, teachers, staff, disabled, guardians]
    )
    count = len(roles)
    persons = np.arange(count)
    # Some teachers serve two schools, with an account at each: one person.
    shared = np.flatnonzero(roles == "teacher")[::48]
    persons[shared] = persons[shared - 1]
    since = np.array([max(_ACCOUNTS_SINCE, item.onboarded_on).toordinal() for item in found])[unit]
    last = ROSTER_OPENED.toordinal() - 1
    created = np.minimum(since, last - 10) + (rng.random(count) * (last - np.minimum(since, last - 10))).astype(int)
    accounts = Accounts(
        ids=np.array([f"U{i:07d}" for i in range(count)]),
        persons=persons,
        roles=roles,
        unit=unit,
        classes=first_class[unit] + rng.integers(0, _NEVER, count) % np.maximum(class_counts[unit], 1),
        enabled=(np.arange(count) < total) | (roles == "guardian"),
        verified=rng.random(count) < _VERIFIED_SHARE,
        created=created,
        gone=np.full(count, _NEVER),
        deleted=rng.random(count) < 0.5,
    )
    builders = np.flatnonzero(pupil_counts > 0)
    base = DigitalBase(
        found, apps(chance, builders.tolist()), accounts, np.repeat(places, class_counts), first_class, class_counts
    )
    return _with_joiners(base, rng.permutation(total), pupil_weights, chance, span)


def _target(day: date, span: Span) -> int:
    return round(round(ramp(day, _ENABLED)) * span.scale)


def _with_joiners(
    base: DigitalBase, leaving: np.ndarray, weights: np.ndarray, chance: Chance, span: Span
) -> DigitalBase:
    """The base with everybody who left and joined since the opening, so that each day meets its target."""
    accounts = base.accounts
    gone = accounts.gone.copy()
    left = 0
    columns: dict[str, list[np.ndarray]] = {name: [] for name in accounts.__dataclass_fields__}
    for day in days(ROSTER_OPENED + timedelta(days=1), span.end):
        leavers = min(_LEAVERS_A_WORKING_DAY, len(leaving) - left) if working_day(day) else 0
        gone[leaving[left : left + leavers]] = day.toordinal()
        left += leavers
        joiners = _target(day, span) - _target(day - timedelta(days=1), span) + leavers
        rng = chance.of("joiners", day)
        unit = rng.choice(len(base.units), joiners, p=weights / weights.sum())
        columns["ids"].append(np.array([f"U{day:%y%m%d}{i:04d}" for i in range(joiners)], dtype=str))
        columns["persons"].append(day.toordinal() * 10_000 + np.arange(joiners))
        columns["roles"].append(np.where(rng.random(joiners) < 0.85, "student", "teacher"))
        columns["unit"].append(unit)
        columns["classes"].append(
            base.first_class[unit] + rng.integers(0, _NEVER, joiners) % np.maximum(base.class_counts[unit], 1)
        )
        columns["enabled"].append(np.ones(joiners, bool))
        columns["verified"].append(rng.random(joiners) < 0.8)
        columns["created"].append(np.full(joiners, day.toordinal()))
        columns["gone"].append(np.full(joiners, _NEVER))
        columns["deleted"].append(np.zeros(joiners, bool))
    merged = {
        name: np.concatenate([gone if name == "gone" else getattr(accounts, name), *parts])
        for name, parts in columns.items()
    }
    return DigitalBase(base.units, base.apps, Accounts(**merged), base.class_units, base.first_class, base.class_counts)
