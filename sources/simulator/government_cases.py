"""The service centre's cases: how many a month, by which channel, and what its front-end view says of them.

Belongs here: the population of cases, the rows of the exchange view. Does not belong here: the database file
(`exchange_database.py`), registers of halls and services (`government_registers.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from sources.simulator.district import ZONE, allocate, days, ramp, subdistricts, working_day
from sources.simulator.exchange_database import Change
from sources.simulator.randomness import Chance
from sources.simulator.span import Span, next_month
from warehouse.district import district

VIEW = "v_bj_xx"
COLUMNS = (
    "BJBH",
    "SXBM",
    "SXLX",
    "SSBMBM",
    "SQRLX",
    "SQRMC",
    "JZDM",
    "SBLY",
    "SBSJ",
    "SLSJ",
    "CNBJRQ",
    "BJSJ",
    "BJZT",
    "PDCS",
    "MYD",
    "SFCS",
)
INTEGERS = frozenset({"PDCS", "SFCS"})

# The exchange view opened with one load of all cases since the plan began; from then on it carries each change. It
# opened shortly before the report, so that a first pull meets few cases in several states.
VIEW_OPENED = date(2023, 6, 12)
_LOADED_A_SECOND = 200

# Cases accepted in a month: growing, fewer in February and in the spring of 2022.
_ACCEPTED = [
    (date(2021, 1, 1), 6900.0),
    (date(2021, 12, 1), 7750.0),
    (date(2022, 12, 1), 8400.0),
    (date(2023, 6, 1), 9000.0),
    (date(2025, 12, 1), 11000.0),
]
_SEASON = {2: 0.72, 10: 0.88}
_CLOSED = {date(2022, 4, 1): 0.35, date(2022, 5, 1): 0.45}

# Share of accepted cases that came in online, and of those handled online from end to end, by month.
_ONLINE = [
    (date(2021, 1, 1), 0.8661),
    (date(2021, 12, 1), 0.9091),
    (date(2022, 12, 1), 0.9447),
    (date(2023, 5, 1), 0.9561),
    (date(2023, 12, 1), 0.962),
    (date(2025, 12, 1), 0.985),
]
_WHOLLY = [
    (date(2021, 1, 1), 0.715),
    (date(2021, 12, 1), 0.781),
    (date(2022, 12, 1), 0.842),
    (date(2023, 5, 1), 0.8645),
    (date(2023, 6, 1), 0.8667),
    (date(2025, 12, 1), 0.935),
]
# The report's window ends with this month; its last month settles the window's share.
_SETTLED_MONTH = date(2023, 6, 1)
_SETTLED_SHARE = 0.9189
# How much more often than elsewhere people of a subdistrict come to the hall, by order of code; it only makes the
# parts differ.
_HABIT = np.array([-0.012, -0.006, 0.0, 0.008, -0.01, 0.004, 0.012, 0.006, -0.004, 0.01])

# Rows that the counting rule leaves out, as shares of the accepted: applications withdrawn before acceptance, cases
# voided, test cases, impossible dates.
_WITHDRAWN, _VOID, _TEST, _BROKEN = 0.008, 0.004, 0.001, 0.0005
_TASKS = 60
_DEPARTMENTS = 18
_PROMISES = np.array([1, 3, 5, 10, 20])


@dataclass(frozen=True)
class _Month:
    """How many cases of a month are accepted, came in online, and were handled online from end to end."""

    accepted: int
    online: int
    wholly: int


@cache
def _schedule(scale: float) -> dict[date, _Month]:
    """All months of the plan, so that the window up to the report's day has its share to the case."""
    found: dict[date, _Month] = {}
    plan = district()
    month = plan.plan_start
    while month <= plan.plan_end:
        season = _CLOSED.get(month, _SEASON.get(month.month, 1.0))
        accepted = max(20, round(ramp(month, _ACCEPTED) * season * scale))
        online = round(accepted * ramp(month, _ONLINE))
        if month == _SETTLED_MONTH:
            whole = accepted + sum(item.accepted for item in found.values())
            online = round(_SETTLED_SHARE * whole) - sum(item.online for item in found.values())
            online = min(online, accepted)
        found[month] = _Month(accepted, online, min(online, round(accepted * ramp(month, _WHOLLY))))
        month = next_month(month)
    return found


@cache
def _holidays() -> tuple[np.datetime64, ...]:
    plan = district()
    return tuple(
        np.datetime64(day) for day in days(plan.plan_start, plan.plan_end) if day.weekday() < 5 and not working_day(day)
    )


def changes(chance: Chance, span: Span) -> list[Change]:
    """The rows of the exchange view up to the range's end, of cases accepted or applied for in the range's months."""
    opened = datetime.combine(max(span.start, VIEW_OPENED), datetime.min.time()) + timedelta(hours=2)
    found: list[Change] = []
    # The morning after the last day is in the view as well, and may be another month's.
    last = span.end + timedelta(days=1)
    for month in _schedule(span.scale):
        if span.start.replace(day=1) <= month <= last:
            found += _month_changes(month, chance, span, opened, len(found))
    return found


def _month_changes(month: date, chance: Chance, span: Span, opened: datetime, loaded: int) -> Iterator[Change]:
    cut_off = span.cut_off.astimezone(ZONE).replace(tzinfo=None)
    for number, case in enumerate(_cases(month, chance, span.scale)):
        known_at: datetime = case.moments[0]
        if known_at > cut_off:
            continue
        guid = f"BJ-{case.values[0]}"
        if known_at <= opened:
            load_at = opened + timedelta(seconds=(loaded + number) // _LOADED_A_SECOND)
            ended = case.moments[1] is not None and case.moments[1] <= opened
            yield Change(load_at, "I", guid, case.values if ended else case.pending())
        else:
            yield Change(known_at, "I", guid, case.pending())
        if case.moments[1] is not None and case.moments[1] > opened:
            # A case is closed in the view after it was opened there, never in the same second.
            yield Change(max(case.moments[1], known_at + timedelta(minutes=2)), case.ending, guid, case.values)


@dataclass(frozen=True, slots=True)
class _Case:
    """A case: its columns once it is over, and when (naive, district-local) the view learns of it and of its end.

    Without an end the view has it whole from the beginning.
    """

    values: tuple[Any, ...]
    moments: tuple[datetime, datetime | None]
    ending: str

    def pending(self) -> tuple[Any, ...]:
        """Its columns while it is handled: without an acceptance an application; what counts never is void at first."""
        if self.values[12] == "作废" or self.moments[1] is None:
            return self.values
        state = "在办" if self.values[9] else "待受理"
        return (*self.values[:11], None, state, *self.values[13:14], None, self.values[15])


def _cases(month: date, chance: Chance, scale: float) -> Iterator[_Case]:
    rng = chance.of("government cases", month)
    plan = _schedule(scale)[month]
    extra = [max(1, round(plan.accepted * share)) for share in (_WITHDRAWN, _VOID, _TEST, _BROKEN)]
    total = plan.accepted + sum(extra)
    # What a case is: 0 counted, 1 withdrawn before acceptance, 2 void, 3 test, 4 with an impossible date.
    kind = np.repeat(np.arange(5), [plan.accepted, *extra])
    codes = [item.code for item in subdistricts()]
    index = {code: i for i, code in enumerate(codes)}
    # Counted cases and the others apart: parts of the counted ones follow the subdistricts' weights.
    places = np.array([index[code] for code in (*allocate(plan.accepted, rng), *allocate(total - plan.accepted, rng))])
    to_hall = rng.random(total) + _HABIT[places % len(_HABIT)]
    order = np.argsort(to_hall[: plan.accepted], kind="stable")
    online = np.ones(total, bool)
    wholly = np.ones(total, bool)
    online[order[plan.online :]] = False
    wholly[order[plan.wholly :]] = False
    online[plan.accepted :] = rng.random(total - plan.accepted) < 0.8
    channel = np.where(
        online, rng.choice(["1", "2"], total, p=[0.45, 0.55]), rng.choice(["3", "4", "5"], total, p=[0.2, 0.77, 0.03])
    )
    visits = np.where(wholly, 0, np.where(online, 1, rng.choice([1, 2], total, p=[0.8, 0.2])))

    accepted_at = _accepted_at(month, total, rng)
    waited = np.where(online, rng.exponential(9 * 3600, total), rng.uniform(120, 1800, total)).astype("timedelta64[s]")
    applied_at = accepted_at - waited
    promised = _PROMISES[rng.choice(5, total, p=[0.3, 0.25, 0.25, 0.15, 0.05])]
    due = np.busday_offset(accepted_at.astype("datetime64[D]"), promised, roll="forward", holidays=_holidays())
    worked = rng.beta(1.2, 3.0, total) * (due - accepted_at.astype("datetime64[D]")).astype(float) * 86400
    late = rng.random(total) < 0.007
    finished_at = np.where(
        late,
        due.astype("datetime64[s]")
        + np.timedelta64(1, "D")
        + (rng.uniform(8, 80, total) * 3600).astype("timedelta64[s]"),
        accepted_at + (600 + worked).astype("timedelta64[s]"),
    )
    # The impossible date: finished a day before it was accepted.
    finished_at = np.where(kind == 4, accepted_at - np.timedelta64(1, "D"), finished_at)
    rated = rng.choice(["", "5", "4", "3", "2", "1"], total, p=[0.62, 0.3, 0.06, 0.014, 0.004, 0.002])
    state = np.where(
        kind == 2,
        "作废",
        np.where(rng.random(total) < 0.012, "不予许可", np.where(rng.random(total) < 0.006, "撤回", "办结")),
    )
    state = np.where(kind == 1, "撤回", state)
    task = rng.integers(0, _TASKS, total)
    person = rng.random(total) < 0.7

    applied, accepted, finished = _texts(applied_at), _texts(accepted_at), _texts(finished_at)
    due_text = np.datetime_as_string(due, unit="D")
    shown = rng.permutation(total)  # numbers tell nothing about what a case is
    starts = accepted_at.astype(object)
    applications, ends = applied_at.astype(object), finished_at.astype(object)
    for i in range(total):
        never_accepted = kind[i] == 1
        values = (
            f"CN{month:%Y%m}{shown[i] + 1:06d}",
            f"310105{task[i] % _DEPARTMENTS:02d}{task[i]:04d}",
            ("行政许可", "公共服务", "行政确认", "行政给付")[task[i] % 4],
            f"310105BM{task[i] % _DEPARTMENTS + 1:02d}",
            "自然人" if person[i] else "法人",
            f"示例{'居民' if person[i] else '企业'}{shown[i] % 997:03d}",
            codes[places[i]],
            str(channel[i]),
            applied[i],
            None if never_accepted else accepted[i],
            None if never_accepted else due_text[i],
            None if never_accepted else finished[i],
            str(state[i]),
            int(visits[i]),
            None if never_accepted or not rated[i] else str(rated[i]),
            int(kind[i] == 3),
        )
        if never_accepted:
            known, over = applications[i], applications[i] + timedelta(hours=5)
        else:
            known, over = starts[i] + timedelta(minutes=5), ends[i] + timedelta(minutes=8)
        if kind[i] == 4:
            over = None
        # A void case that a clerk entered twice is deleted, the others are closed.
        yield _Case(values, (known, over), "D" if kind[i] == 2 and shown[i] % 3 == 0 else "U")


def _accepted_at(month: date, total: int, rng: np.random.Generator) -> npt.NDArray[np.datetime64]:
    """Moments of acceptance: mostly on working days, in the hours of the halls or, online, in the evening."""
    listed = days(month, next_month(month) - timedelta(days=1))
    weights = np.array([1.0 if working_day(day) else 0.12 for day in listed])
    day = rng.choice(len(listed), total, p=weights / weights.sum())
    second = (np.clip(rng.normal(13, 2.8, total), 7, 21.9) * 3600).astype(int)
    moments: npt.NDArray[np.datetime64] = (
        np.datetime64(month, "s") + day.astype("timedelta64[D]") + second.astype("timedelta64[s]")
    )
    return moments


def _texts(moments: npt.NDArray[np.datetime64]) -> list[str]:
    return [text.replace("T", " ") for text in np.datetime_as_string(moments, unit="s").tolist()]
