"""The education bureau: the weekly app catalogue and the daily usage log of the apps.

Belongs here: who uses which app when. Does not belong here: accounts and units themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, time, timedelta

import numpy as np

from sources.simulator.delivery_files import Outbox, Sheet, workbook
from sources.simulator.district import local, school_day
from sources.simulator.education_accounts import ROSTER_OPENED, DigitalBase
from sources.simulator.randomness import Chance
from sources.simulator.span import Span

CATALOGUE_OPENED = date(2023, 5, 29)
USAGE_OPENED = ROSTER_OPENED
# A thirtieth of a real school day's log: enough for monthly shares, small enough for a demonstration.
_EVENTS_A_SCHOOL_DAY, _EVENTS_ELSE = 10_000, 2_500
_VERBS = ["Viewed", "Used", "LoggedIn", "Submitted", "Graded", "LoggedOut"]
_VERB_SHARES = [0.38, 0.27, 0.14, 0.11, 0.04, 0.06]
_TERMINALS = ["PC", "tablet", "phone", "whiteboard"]
# Every used low-code app has an event at least every ten days, so the number in use does not hang on chance.
_LOW_CODE_DAYS = 10
_LOW_CODE_SHARE = 0.08
_LATE_SHARE = 0.015  # terminals that were offline upload a day or two later
CATALOGUE_HEADER = [
    "序号",
    "应用编号",
    "应用名称",
    "开发单位统一社会信用代码",
    "应用类型",
    "应用分类",
    "上线日期",
    "下线日期",
    "是否单点登录",
    "是否数据回流",
]


def deliver_catalogue(base: DigitalBase, span: Span, outbox: Outbox) -> None:
    """The catalogue of every week as it is sent on Monday."""
    for sunday, delivered_at in span.weeks(CATALOGUE_OPENED, time(15, 30)):
        outbox.deliver(f"apps/app_catalogue_{sunday:%Y%m%d}_1.xlsx", delivered_at, _catalogue, base, sunday)


def _catalogue(base: DigitalBase, day: date) -> bytes:
    rows: list[list[object]] = []
    for app in base.apps:
        if app.online_on > day:
            continue
        gone = app.offline_on if app.offline_on and app.offline_on <= day else None
        rows.append(
            [
                len(rows) + 1,
                app.code,
                app.name,
                app.vendor or "/",
                app.kind,
                app.category,
                app.online_on,
                gone or "/",
                "是" if app.kind != "低代码应用" or len(rows) % 3 else "否",
                "是" if len(rows) % 4 else "否",
            ]
        )
    title = f"教育数字基座应用目录（截至{day.year}年{day.month}月{day.day}日）"
    return workbook(
        [Sheet("应用目录", title, CATALOGUE_HEADER, rows, notes=["注：低代码应用由学校自建，无开发单位的填“/”。"])]
    )


def deliver_usage(base: DigitalBase, chance: Chance, span: Span, outbox: Outbox) -> None:
    """One log file a day by time of storage, delivered before six the next morning."""
    made: dict[date, dict[date, list[str]]] = {}
    for day in span.days(USAGE_OPENED):
        lines: list[str] = []
        for earlier in (day - timedelta(days=2), day - timedelta(days=1), day):
            if earlier >= USAGE_OPENED:
                if earlier not in made:
                    made[earlier] = _usage(base, chance.of("usage", earlier), earlier, span)
                lines += made[earlier].get(day, [])
        made.pop(day - timedelta(days=2), None)
        delivered_at = local(day + timedelta(days=1), time(4, 30))
        outbox.deliver(f"usage/usage_{day:%Y%m%d}.ndjson", delivered_at, _log, lines)


def _log(lines: Sequence[str]) -> bytes:
    rows = []
    for number, line in enumerate(lines, 1):
        rows.append(line)
        if number % 240 == 0:  # the vendor's queue delivers at least once
            rows.append(line)
        if number % 2500 == 0:  # a vendor's own verb that the base has not agreed to
            rows.append(line.replace('"id":"', '"id":"v').replace('"verb":"', '"verb":"vendor.'))
    return "".join(rows).encode()


def _usage(base: DigitalBase, rng: np.random.Generator, day: date, span: Span) -> dict[date, list[str]]:
    """Log lines of the events that happen on `day`, by the day on which they are stored."""
    accounts = base.accounts
    members = np.flatnonzero(accounts.usable(day) & (accounts.roles != "guardian"))
    count = span.volume(_EVENTS_A_SCHOOL_DAY if school_day(day) else _EVENTS_ELSE, least=200)
    # A person's liking for apps is a property of the account: some come daily, some never.
    liking = (accounts.persons[members] * 2654435761 % 1000 / 1000) ** 2 + 0.01
    actor = rng.choice(members, count, p=liking / liking.sum())
    common = [app for app in base.apps if app.unit is None and app.online(day)]
    popularity = np.array([app.popularity for app in common])
    app_codes = np.array([app.code for app in common])[rng.choice(len(common), count, p=popularity / popularity.sum())]
    own: dict[int, list[str]] = defaultdict(list)
    for app in base.apps:
        if app.unit is not None and app.used and app.online(day):
            own[app.unit].append(app.code)
    for i in np.flatnonzero(rng.random(count) < _LOW_CODE_SHARE):
        built = own.get(int(accounts.unit[actor[i]]))
        if built:
            app_codes[i] = built[int(i) % len(built)]
    actors, codes = _with_regular_use(base, day, members, actor, app_codes)
    count = len(actors)
    # Eight in the morning to nine in the evening, with a peak in the forenoon.
    seconds = np.clip(rng.normal(11.5 * 3600, 2.8 * 3600, count), 6 * 3600, 22 * 3600).astype(int)
    millis = rng.integers(0, 1000, count)
    verb = np.array(_VERBS)[rng.choice(len(_VERBS), count, p=_VERB_SHARES)]
    duration = np.clip(rng.lognormal(5.0, 1.1, count), 1, 6 * 3600).astype(int)
    terminal = np.array(_TERMINALS)[rng.choice(len(_TERMINALS), count, p=[0.45, 0.2, 0.25, 0.1])]
    later = np.where(rng.random(count) < _LATE_SHARE, rng.integers(1, 3, count), 0)
    wait = rng.integers(1, 90, count)
    ids = rng.bytes(16 * count).hex()
    unit_codes = np.array([unit.code for unit in base.units])[accounts.unit[actors]]
    lines: dict[date, list[str]] = defaultdict(list)
    for i in np.argsort(seconds, kind="stable").tolist():
        at = int(seconds[i])
        stored_day = day + timedelta(days=int(later[i]))
        stored = min(at + int(wait[i]), 86_399)
        group = f'"{unit_codes[i]}"' if i % 37 else "null"
        spent = "null" if verb[i] in ("LoggedIn", "LoggedOut") else int(duration[i])
        lines[stored_day].append(
            f'{{"id":"{ids[32 * i : 32 * i + 32]}","timestamp":"{day}T{_clock(at)}.{int(millis[i]):03d}+08:00",'
            f'"stored":"{stored_day}T{_clock(stored)}.{int(millis[i]):03d}+08:00","actorAccount":"{accounts.ids[actors[i]]}",'
            f'"edApp":"{codes[i]}","group":{group},"verb":"{verb[i]}","durationSeconds":{spent},"terminal":"{terminal[i]}"}}\n'
        )
    return lines


def _with_regular_use(
    base: DigitalBase, day: date, members: np.ndarray, actor: np.ndarray, codes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The day's actors and apps with those low-code apps added whose turn it is."""
    accounts = base.accounts
    by_unit: dict[int, int] = {}
    for position in members[::-1]:
        by_unit[int(accounts.unit[position])] = int(position)
    turn = [
        app
        for i, app in enumerate(base.apps)
        if app.unit is not None and app.used and app.online(day) and (day.toordinal() + i) % _LOW_CODE_DAYS == 0
    ]
    extra = np.array([by_unit.get(app.unit or 0, int(members[0])) for app in turn], dtype=actor.dtype)
    return np.concatenate([actor, extra]), np.concatenate(
        [codes, np.array([app.code for app in turn], dtype=codes.dtype)]
    )


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
