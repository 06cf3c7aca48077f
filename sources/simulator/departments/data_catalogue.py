"""The big data centre: the catalogue of government data resources in its front-end database.

Belongs here: the resources, how the view tells of their changes, its address. Does not belong here: the data
behind them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from sources.simulator.delivery_files import Outbox
from sources.simulator.district import ZONE, days, stock_dates
from sources.simulator.exchange_database import Change, address, write_database
from sources.simulator.randomness import Chance
from sources.simulator.span import Span

_DATABASE = "catalogue.sqlite"
_VIEW = "v_sjzy_ml"
_COLUMNS = ("ZYBM", "ZYMC", "TGBM", "GXLX", "GXFS", "GXZQ", "SJXS", "BMRQ", "GJRQ", "CXRQ", "ZHGXSJ", "SFKF")
# The view opened with a load of the whole catalogue; from then on it carries each change.
_VIEW_OPENED = date(2023, 6, 12)

# Resources to be shared ever catalogued, and of these ever mounted on the exchange platform; 25 mounted ones were
# withdrawn by the report's day, so that 1,407 of 1,500 are mounted then.
_CATALOGUED = [
    (date(2020, 12, 31), 900),
    (date(2021, 12, 31), 1125),
    (date(2022, 6, 30), 1250),
    (date(2022, 12, 31), 1375),
    (date(2023, 6, 15), 1525),
    (date(2023, 6, 30), 1525),
    (date(2023, 12, 31), 1630),
    (date(2025, 12, 31), 2000),
]
_MOUNTED = [
    (date(2020, 12, 31), 808),
    (date(2021, 12, 31), 1026),
    (date(2022, 6, 30), 1152),
    (date(2022, 12, 31), 1278),
    (date(2023, 6, 15), 1432),
    (date(2023, 6, 30), 1432),
    (date(2023, 12, 31), 1545),
    (date(2025, 12, 31), 1940),
]
_WITHDRAWN = [(date(2021, 6, 30), 4), (date(2021, 12, 31), 8), (date(2022, 12, 31), 18), (date(2023, 6, 10), 25)]
_EXEMPT = [(date(2020, 12, 31), 90), (date(2022, 12, 31), 118), (date(2023, 6, 15), 130), (date(2025, 12, 31), 150)]
# Exempt by mistake and entered twice: deleted from the catalogue.
_DELETED_ON = date(2023, 6, 27)
_CYCLES = ("1", "2", "3", "4", "5", "6")
_UPDATED_A_DAY = 24


@dataclass(frozen=True)
class _Resource:
    """A data resource; dates of the future are known to the simulation but not yet to the view."""

    code: str
    name: str
    provider: str
    share: str
    mode: str
    cycle: str
    items: int
    is_open: int
    catalogued_on: date
    mounted_on: date | None
    withdrawn_on: date | None

    def row(self, day: date, updated_on: date) -> list[object]:
        """The view's columns as they are on `day`."""
        dates = [self.catalogued_on, self.mounted_on, self.withdrawn_on]
        known = [value.isoformat() if value and value <= day else None for value in dates]
        about = [self.code, self.name, self.provider, self.share, self.mode, self.cycle, self.items]
        return [*about, *known, f"{updated_on.isoformat()} 06:30:00", self.is_open]

    def changed(self, day: date) -> bool:
        """Whether one of its dates is `day`."""
        return day in (self.catalogued_on, self.mounted_on, self.withdrawn_on)


def deliver(chance: Chance, span: Span, outbox: Outbox) -> None:
    """The database as of the cut-off."""
    cut_off = span.cut_off.astimezone(ZONE).replace(tzinfo=None)
    changes = {_VIEW: _changes(_resources(chance), chance, span)}
    written = write_database(outbox.folder / _DATABASE, {_VIEW: _COLUMNS}, changes, cut_off, integers={"SJXS", "SFKF"})
    outbox.written += int(written)


@contextmanager
def serve(folder: Path) -> Iterator[dict[str, str]]:
    """The database is a file: only its address is needed."""
    yield {"DISTRICT_DATA_CATALOGUE_URL": address(folder / _DATABASE)}


def _resources(chance: Chance) -> list[_Resource]:
    rng = chance.of("data resources")
    catalogued, mounted = stock_dates(_CATALOGUED, rng), stock_dates(_MOUNTED, rng)
    withdrawn = stock_dates(_WITHDRAWN, rng)
    gone = dict(zip(range(7, 7 + 11 * len(withdrawn), 11), withdrawn, strict=True))
    exempt = stock_dates(_EXEMPT, rng)
    found = []
    for i, day in enumerate([*catalogued, *exempt]):
        shared = i < len(catalogued)
        share = ("1" if rng.random() < 0.58 else "2") if shared else "3"
        found.append(
            _Resource(
                code=f"310105{int(rng.integers(1, 46)):03d}{i + 1:06d}",
                name=f"示例数据资源{i + 1:04d}",
                provider=f"310105BM{int(rng.integers(1, 46)):02d}",
                share=share,
                mode=("接口", "库表", "文件")[int(rng.integers(0, 3))],
                cycle=_CYCLES[int(rng.integers(0, len(_CYCLES)))],
                items=int(rng.integers(4, 60)),
                is_open=int(share == "1" and rng.random() < 0.3),
                catalogued_on=day,
                mounted_on=max(mounted[i], day) if i < len(mounted) else None,
                withdrawn_on=gone.get(i),
            )
        )
    return found


def _changes(resources: list[_Resource], chance: Chance, span: Span) -> list[Change]:
    """The load, then what became known each day since, and the data updates that the providers report."""
    opened = max(span.start, _VIEW_OPENED)
    found = [
        _change(resource, opened, 2, number, "I", opened - timedelta(days=number % 30))
        for number, resource in enumerate(resources)
        if resource.catalogued_on <= opened
    ]
    twice = replace(resources[-1], code="310105999999999", catalogued_on=_VIEW_OPENED, mounted_on=None)
    if opened < _DELETED_ON:
        found.append(_change(twice, opened, 2, len(resources), "I", opened))
    for day in days(opened + timedelta(days=1), span.end):
        rng = chance.of("resource updates", day)
        updated = set(rng.integers(0, len(resources), _UPDATED_A_DAY).tolist())
        for number, resource in enumerate(resources):
            is_new = resource.catalogued_on == day
            if is_new or resource.changed(day) or (number in updated and resource.catalogued_on < day):
                found.append(_change(resource, day, 7, number, "I" if is_new else "U", day))
        if day == _DELETED_ON:
            found.append(_change(twice, day, 9, 0, "D", day))
    return found


def _change(resource: _Resource, day: date, hour: int, second: int, operation: str, updated_on: date) -> Change:
    at = datetime.combine(day, time(hour)) + timedelta(seconds=second)
    return Change(at, operation, f"ZY-{resource.code}", resource.row(day, updated_on))
