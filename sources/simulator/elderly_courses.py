"""The civil affairs bureau: courses in smart technology for seniors, a workbook a month.

Belongs here: courses and their attendances. Does not belong here: the registers of the front-end
database (`elderly.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta

import numpy as np

from sources.simulator.delivery_files import Outbox, Sheet, workbook
from sources.simulator.district import allocate, days, subdistricts, working_day
from sources.simulator.randomness import Chance
from sources.simulator.span import Span, next_month

# The programme began in this month.
COURSES_OPENED = date(2021, 3, 1)
# Attendances from the programme's start to the report's day, and what a month brings afterwards.
_ATTENDANCES = 75_000
_REPORT = date(2023, 6, 30)
_LATER_MONTH = 2_850
_COURSE_SIZE = 26
_TOPICS = ("手机使用", "移动支付", "就医挂号", "出行打车", "防诈反诈")
# Spring 2022: halls were shut.
_SHUT = {date(2022, 3, 1): 0.25, date(2022, 4, 1): 0.08, date(2022, 5, 1): 0.08, date(2022, 6, 1): 0.3}
_HEADER = ["序号", "活动编号", "活动日期", "街镇代码", "所属街镇", "帮扶主题", "参加人次"]


def deliver_courses(chance: Chance, span: Span, outbox: Outbox) -> None:
    """The workbook of each month, exported in the first night after it."""
    months = _months(COURSES_OPENED, _REPORT)
    totals = _totals(months, chance, span)
    for month, delivered_at in span.months(COURSES_OPENED, 1, time(6, 30)):
        total = max(1, totals.get(month, span.volume(_LATER_MONTH)))
        outbox.deliver(f"courses/elderly_courses_{month:%Y%m}_1.xlsx", delivered_at, _workbook, month, total, chance)


def _months(first: date, last: date) -> list[date]:
    found = [first]
    while next_month(found[-1]) <= last:
        found.append(next_month(found[-1]))
    return found


def _totals(months: Sequence[date], chance: Chance, span: Span) -> dict[date, int]:
    """Attendances by month, the district's total of them over `months` exact."""
    weights = np.array([(1 + 0.012 * i) * _SHUT.get(month, 1.0) for i, month in enumerate(months)])
    shares = chance.of("course months").multinomial(span.volume(_ATTENDANCES), weights / weights.sum())
    return dict(zip(months, shares.tolist(), strict=True))


def _workbook(month: date, total: int, chance: Chance) -> bytes:
    rng = chance.of("courses", month)
    # Also in months of shut halls each subdistrict holds one, by telephone.
    count = max(min(total, len(subdistricts())), round(total / _COURSE_SIZE))
    sizes = 1 + rng.multinomial(total - count, np.full(count, 1 / count))
    open_days = [day for day in days(month, next_month(month) - timedelta(days=1)) if working_day(day)]
    held = sorted(open_days[i] for i in rng.integers(0, len(open_days), count))
    names = {item.code: item.name_zh for item in subdistricts()}
    places = allocate(count, rng)
    rows: list[list[object]] = [
        [
            i + 1,
            f"BF{month:%Y%m}-{i + 1:03d}",
            held[i],
            places[i],
            names[places[i]],
            str(rng.choice(_TOPICS)),
            int(sizes[i]),
        ]
        for i in range(count)
    ]
    title = f"长者智能技术帮扶活动汇总表（{month.year}年{month.month}月）"
    total_row = [None, "合计", None, None, None, None, int(sizes.sum())]
    notes = ["注：同一老人参加多场按多人次计。"]
    return workbook([Sheet("帮扶活动", title, _HEADER, rows, unit="单位：人次", total=total_row, notes=notes)])
