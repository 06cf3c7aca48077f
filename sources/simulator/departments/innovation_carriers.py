"""The science and technology commission's carriers and experience hall: a front-end database of two views.

Belongs here: parks, incubators, makerspaces, groups of visitors, the database's address. Does not belong here:
enterprises (`enterprise_registry.py`), the database file (`exchange_database.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np

from sources.simulator.delivery_files import Outbox
from sources.simulator.district import ZONE, allocate, days, local, stock_dates, working_day
from sources.simulator.exchange_database import Change, address, write_database
from sources.simulator.randomness import Chance
from sources.simulator.span import Span

_DATABASE = "innovation.sqlite"
_VIEWS: Mapping[str, Sequence[str]] = {
    "v_cxzt_jbxx": ("ZTBH", "ZTMC", "ZTLX", "SFGJDXKJY", "JZDM", "RDRQ", "QXRQ"),
    "v_tyg_jdjl": ("JDBH", "JDRQ", "TDLX", "RS", "LXRDH"),
}
_INTEGERS = frozenset({"SFGJDXKJY", "RS"})
# The register was loaded on the plan's first working day.
_LOADED = date(2021, 1, 4)

# (kind as the commission writes it, recognised ever, how many of the oldest lost it by the report's day).
_KINDS: Sequence[tuple[str, Sequence[tuple[date, int]], Sequence[date]]] = [
    (
        "科技园区",
        [
            (date(2012, 5, 8), 3),
            (date(2018, 9, 3), 5),
            (date(2021, 9, 30), 5),
            (date(2022, 3, 10), 6),
            (date(2023, 6, 30), 6),
            (date(2025, 5, 30), 8),
        ],
        [],
    ),
    (
        "科技企业孵化器",
        [
            (date(2015, 4, 1), 4),
            (date(2020, 12, 20), 7),
            (date(2021, 12, 20), 9),
            (date(2023, 5, 20), 12),
            (date(2023, 6, 30), 12),
            (date(2025, 12, 20), 15),
        ],
        [date(2022, 6, 30)],
    ),
    (
        "众创空间",
        [
            (date(2016, 4, 1), 5),
            (date(2020, 12, 20), 8),
            (date(2021, 12, 20), 9),
            (date(2023, 5, 20), 12),
            (date(2023, 6, 30), 12),
            (date(2025, 12, 20), 16),
        ],
        [date(2022, 11, 30)],
    ),
]
_UNIVERSITY_PARKS = {0, 1}  # of the science parks

# The hall received 3,000 visitors in 304 groups from its opening to the report's day.
_HALL_OPENED = date(2022, 7, 15)
_REPORT_DAY = date(2023, 6, 30)
_GROUPS, _VISITORS = 304, 3000
_GROUPS_A_MONTH_LATER = 28
_GROUP_KINDS = ["机关", "企业", "学校", "社区", "其他"]
_GROUP_SHARES = [0.3, 0.28, 0.16, 0.2, 0.06]
_LARGEST_GROUP = 40
_PLAN_END = date(2025, 12, 31)


@dataclass(frozen=True)
class Group:
    """A group that the experience hall received."""

    number: str
    day: date
    kind: str
    visitors: int
    phone: str


def groups(chance: Chance) -> list[Group]:
    """All groups of the plan's years by day of visit."""
    rng = chance.of("experience hall groups")
    reported = _visit_days(_HALL_OPENED, _REPORT_DAY, _GROUPS, rng)
    later_months = (_PLAN_END.year - _REPORT_DAY.year) * 12 + _PLAN_END.month - _REPORT_DAY.month
    later = _visit_days(_REPORT_DAY + timedelta(days=1), _PLAN_END, later_months * _GROUPS_A_MONTH_LATER, rng)
    sizes = [*_sizes(len(reported), _VISITORS, rng), *_sizes(len(later), 10 * len(later), rng)]
    return [
        Group(
            number=f"TYG{day:%Y%m%d}{number + 1:05d}",
            day=day,
            kind=str(rng.choice(_GROUP_KINDS, p=_GROUP_SHARES)),
            visitors=size,
            # 000 is no mobile prefix: the number can belong to no one.
            phone=f"000{int(rng.integers(0, 10**8)):08d}",
        )
        for number, (day, size) in enumerate(zip([*reported, *later], sizes, strict=True))
    ]


def _visit_days(first: date, last: date, count: int, rng: np.random.Generator) -> list[date]:
    choices = [day for day in days(first, last) if working_day(day)]
    return sorted(choices[i] for i in rng.integers(0, len(choices), count))


def _sizes(count: int, total: int, rng: np.random.Generator) -> list[int]:
    """`count` group sizes of at least one visitor that add up to `total`."""
    sizes = np.clip(rng.poisson(total / count, count), 1, _LARGEST_GROUP)
    while (rest := total - int(sizes.sum())) != 0:
        free = np.flatnonzero(sizes < _LARGEST_GROUP if rest > 0 else sizes > 1)
        sizes[rng.permutation(free)[: abs(rest)]] += np.sign(rest)
    return [int(size) for size in sizes]


def deliver(chance: Chance, span: Span, outbox: Outbox) -> None:
    """The database as of the cut-off."""
    changes = {"v_cxzt_jbxx": _carrier_changes(chance), "v_tyg_jdjl": _visit_changes(chance)}
    cut_off = span.cut_off.astimezone(ZONE).replace(tzinfo=None)
    outbox.written += write_database(outbox.folder / _DATABASE, _VIEWS, changes, cut_off, integers=_INTEGERS)


def _carrier_changes(chance: Chance) -> list[Change]:
    """The load of what was recognised before the plan, then each recognition and withdrawal on its day."""
    changes = []
    for position, (kind, grown, withdrawn) in enumerate(_KINDS):
        rng = chance.of(f"carriers {kind}")
        recognised = stock_dates(grown, rng)
        for number, (day, place) in enumerate(zip(recognised, allocate(len(recognised), rng), strict=True)):
            code = f"CNZT{position + 1}{number + 1:03d}"
            university = int(position == 0 and number in _UNIVERSITY_PARKS)
            row = [code, f"示例{kind}{number + 1:02d}", kind, university, place, day.isoformat(), None]
            changes.append(Change(_at(max(day, _LOADED), position * 100 + number), "I", f"ZT-{code}", row))
            if number < len(withdrawn):
                ended = withdrawn[number]
                row = [*row[:-1], ended.isoformat()]
                changes.append(Change(_at(ended, position * 100 + number), "U", f"ZT-{code}", row))
    return changes


def _visit_changes(chance: Chance) -> list[Change]:
    """Each group in the evening of its visit; one in forty is booked twice and struck out an hour later."""
    changes = []
    for number, group in enumerate(groups(chance)):
        row = [group.number, group.day.isoformat(), group.kind, group.visitors, group.phone]
        changes.append(Change(_at(group.day, number % 3600, hour=19), "I", f"JD-{group.number}", row))
        if number % 40 == 7:
            twin = [group.number + "R", *row[1:]]
            changes.append(Change(_at(group.day, number % 3600, hour=20), "I", f"JD-{group.number}R", twin))
            changes.append(Change(_at(group.day, number % 3600, hour=21), "D", f"JD-{group.number}R", twin))
    return changes


def _at(day: date, second: int, hour: int = 9) -> datetime:
    """A naive district-local moment."""
    return local(day, time(hour)).astimezone(ZONE).replace(tzinfo=None) + timedelta(seconds=second)


@contextmanager
def serve(folder: Path) -> Iterator[dict[str, str]]:
    """The database is a file: only its address is needed."""
    yield {"DISTRICT_INNOVATION_URL": address(folder / _DATABASE)}
