"""Examination and laboratory reports: what institutions issue, what reaches the platform, and the ledger beside it.

Belongs here: reports with their versions, the daily ledger, the index rows of the front-end database.
Does not belong here: bundles (`hospital_fhir.py`), the database file (`hospital_database.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import numpy as np

from sources.simulator.district import ramp, working_day
from sources.simulator.exchange_database import Change
from sources.simulator.hospital_orgs import Institution
from sources.simulator.randomness import Chance
from sources.simulator.span import Span

# From this day two hospitals (by position) push FHIR bundles; on the day itself both ways carry their reports.
FHIR_OPENED = date(2023, 6, 1)
FHIR_POSITIONS = (0, 4)

REPORTS_A_DAY = 300
PATIENTS = 40_000
# Type -> (code in the views, share of reports, items (code, system, name)).
_LOCAL, _MUTUAL = "LOCAL", "SHHR2021"
TYPES: dict[str, tuple[str, float, list[tuple[str, str, str]]]] = {
    "LAB": (
        "01",
        0.60,
        [
            ("250101015", _MUTUAL, "血常规"),
            ("250301001", _MUTUAL, "肝功能"),
            ("250307002", _MUTUAL, "肾功能"),
            ("250302001", _MUTUAL, "空腹血糖"),
            ("L8801", _LOCAL, "凝血四项"),
        ],
    ),
    "CT": ("02", 0.09, [("210300001", _MUTUAL, "胸部CT平扫"), ("210300002", _MUTUAL, "头颅CT平扫")]),
    "MR": ("03", 0.03, [("210200001", _MUTUAL, "头颅MRI平扫"), ("210200004", _MUTUAL, "腰椎MRI平扫")]),
    "DX": ("04", 0.11, [("210102015", _MUTUAL, "胸部正侧位片"), ("210102021", _MUTUAL, "膝关节正侧位片")]),
    "US": ("05", 0.10, [("220301001", _MUTUAL, "腹部彩超"), ("220302005", _MUTUAL, "甲状腺彩超")]),
    "ECG": ("06", 0.05, [("310701001", _MUTUAL, "常规心电图")]),
    "ENDO": ("07", 0.01, [("310901001", _LOCAL, "胃镜检查")]),
    "PATH": ("08", 0.01, [("270300001", _LOCAL, "活检病理")]),
}
IMAGING = frozenset({"CT", "MR", "DX", "US"})
_COMMUNITY_TYPES = frozenset({"LAB", "DX", "US", "ECG"})
# Share of issued reports that reach the platform; it rose a little over the quarter.
_UPLOADED = [(date(2023, 4, 1), 0.958), (date(2023, 6, 30), 0.974), (date(2025, 12, 31), 0.99)]
_LATE_SHARE = 0.04  # received 25 to 60 hours after issue
_WEEKEND = 0.45


@dataclass(frozen=True, slots=True)
class Report:
    """One version of a report. Times are naive and district-local; `received` is when the platform got it."""

    org: Institution
    position: int
    number: str
    kind: str
    version: int
    status: str
    patient: str
    patient_name: str
    encounter: str
    item: tuple[str, str, str]
    examined: datetime
    issued: datetime
    received: datetime
    image: bool
    seconds: int

    @property
    def uid(self) -> str:
        """Global id: institution, report number, type."""
        return f"{self.org.code}-{self.number}-{self.kind}"

    @property
    def by_fhir(self) -> bool:
        """Whether the hospital pushes this report as FHIR."""
        return self.position in FHIR_POSITIONS and self.issued.date() >= FHIR_OPENED

    @property
    def by_view(self) -> bool:
        """Whether the front-end database carries it: all but those of FHIR hospitals after their first day."""
        return self.position not in FHIR_POSITIONS or self.issued.date() <= FHIR_OPENED


def patient_id(number: int) -> str:
    """A person's index number in the health platform; not an identity number of anybody."""
    return f"EMPI3105{number:08d}"


def patient_name(number: int) -> str:
    """A made-up name, so that deliveries carry what must never get further than landing."""
    return (
        "赵钱孙李周吴郑王冯陈"[number % 10]
        + "一二三四五六七八九十"[number // 10 % 10]
        + "甲乙丙丁戊"[number // 100 % 5]
    )


def issued_counts(orgs: list[Institution], chance: Chance, day: date, span: Span) -> np.ndarray:
    """Reports issued on `day`, institution x type; zero for closed and unconnected institutions."""
    volumes = np.array(
        [org.volume if org.open_on(day) and org.reports_on and org.reports_on <= day else 0.0 for org in orgs]
    )
    shares = np.array(
        [
            [share if not org.community or kind in _COMMUNITY_TYPES else 0.0 for kind, (_, share, _) in TYPES.items()]
            for org in orgs
        ]
    )
    mean = volumes[:, None] * shares / (volumes[:, None] * shares).sum()
    total = REPORTS_A_DAY * span.scale * (1.0 if working_day(day) else _WEEKEND)
    counts: np.ndarray = chance.of("reports issued", day).poisson(mean * total)
    # The two FHIR hospitals issue at least a laboratory and a CT report every day, however small the scale.
    for position in FHIR_POSITIONS:
        counts[position, :2] = np.maximum(counts[position, :2], 2)
    return counts


def reports_of(orgs: list[Institution], chance: Chance, day: date, span: Span) -> list[Report]:
    """All versions of the reports issued on `day` that ever reach the platform, in no particular order."""
    rng = chance.of("reports", day)
    counts = issued_counts(orgs, chance, day, span)
    found: list[Report] = []
    for position, kind_index in zip(*np.nonzero(counts), strict=True):
        org = orgs[position]
        kind, (_, _, items) = list(TYPES.items())[kind_index]
        rate = ramp(day, _UPLOADED) + (0.01 if org.district_owned else -0.015)
        for number in range(counts[position, kind_index]):
            uploaded = rng.random() < rate or (position in FHIR_POSITIONS and number == 0)
            report = _report(org, int(position), kind, number, day, items, rng)
            if uploaded:
                found += _versions(report, rng)
    return found


def _report(
    org: Institution,
    position: int,
    kind: str,
    number: int,
    day: date,
    items: list[tuple[str, str, str]],
    rng: np.random.Generator,
) -> Report:
    issued = datetime.combine(day, time(8)) + timedelta(seconds=int(rng.integers(0, 11 * 3600)))
    delay = timedelta(seconds=int(np.clip(rng.lognormal(8.3, 0.8), 60, 20 * 3600)))
    if rng.random() < _LATE_SHARE:
        delay = timedelta(minutes=int(rng.integers(25 * 60, 60 * 60)))
    elif org.level == "1" and rng.random() < 0.2:
        delay = -timedelta(seconds=int(rng.integers(20, 200)))  # this institution's clock is ahead of the platform's
    person = int(rng.integers(0, PATIENTS))
    return Report(
        org=org,
        position=position,
        number=f"{kind}{day:%y%m%d}{number:04d}",
        kind=kind,
        version=1,
        status="final",
        patient=patient_id(person),
        patient_name=patient_name(person),
        encounter=f"JZ{day:%Y%m%d}{person:06d}",
        item=items[int(rng.integers(0, len(items)))],
        examined=issued - timedelta(minutes=int(rng.integers(15, 240))),
        issued=issued,
        received=issued + delay,
        image=bool(kind in IMAGING and rng.random() < 0.962),
        seconds=int(rng.integers(0, 60)),
    )


def _versions(report: Report, rng: np.random.Generator) -> list[Report]:
    """The versions of one report: mostly one; some are preliminary first, corrected or withdrawn later."""
    later = report.received + timedelta(minutes=int(rng.integers(90, 1800)))
    fate = rng.random()
    if fate < 0.010:
        return [replace(report, status="prelim"), replace(report, version=2, received=later)]
    if fate < 0.025:
        return [report, replace(report, version=2, status="corrected", received=later)]
    if fate < 0.030:
        return [report, replace(report, version=2, status="cancelled", received=later)]
    return [report]


_STATUS_CODES = {"prelim": "1", "final": "2", "corrected": "3", "cancelled": "9"}


def index_changes(reports: Iterable[Report]) -> list[Change]:
    """Rows of `v_bg_sy`: a row a version; some pushed twice unchanged, some test entries deleted the day after."""
    changes = []
    for number, report in enumerate(item for item in reports if item.by_view):
        change = Change(report.received, "I", f"BG-{report.uid}-{report.version}", _index_row(report))
        changes.append(change)
        if number % 211 == 17:
            changes.append(replace(change, at=change.at + timedelta(minutes=3), operation="U"))
        if number % 997 == 101:  # an interface test that the institution took back
            test = replace(report, number=f"TEST{report.number}")
            row = _index_row(test)
            guid = f"BG-{test.uid}-{test.version}"
            changes.append(Change(report.received, "I", guid, row))
            changes.append(Change(report.received + timedelta(hours=20), "D", guid, row))
    return changes


def _index_row(report: Report) -> list[object]:
    def stamp(moment: datetime) -> str:
        return f"{moment:%Y%m%dT%H%M%S}"  # DT15 of WS 445

    laboratory = report.kind == "LAB"
    imaging = report.kind in IMAGING
    return [
        report.uid,
        report.version,
        report.org.code,
        report.number,
        TYPES[report.kind][0],
        report.patient,
        report.patient_name,
        report.encounter,
        *report.item,
        stamp(report.examined) if laboratory else None,
        None if laboratory else stamp(report.examined),
        stamp(report.issued),
        _STATUS_CODES[report.status],
        int(report.item[1] == _MUTUAL and report.status != "prelim"),
        stamp(report.received - timedelta(seconds=report.seconds)),
        stamp(report.received),
        f"IMG{report.number}" if imaging else None,
        int(report.image) if imaging else None,
    ]


def ledger_changes(orgs: list[Institution], chance: Chance, day: date, span: Span) -> list[Change]:
    """Rows of `v_yb_tz` for `day`, filed the morning after; a few are corrected the same day."""
    rng = chance.of("ledger", day)
    counts = issued_counts(orgs, chance, day, span)
    changes = []
    for position, org in enumerate(orgs):
        connected = org.open_on(day) and org.reports_on is not None and org.reports_on <= day
        if not connected or (org.skips_weekends and not working_day(day)):
            continue
        filed = datetime.combine(day + timedelta(days=1), time(1)) + timedelta(seconds=int(rng.integers(0, 6 * 3600)))
        for kind_index, (kind, (code, _, _)) in enumerate(TYPES.items()):
            if org.community and kind not in _COMMUNITY_TYPES:
                continue
            count = int(counts[position, kind_index])
            guid = f"TZ-{org.code}-{day:%Y%m%d}-{code}"
            wrong = rng.random() < 0.008
            first = [org.code, f"{day:%Y%m%d}", code, count + 3 if wrong else count]
            changes.append(Change(filed, "I", guid, first))
            if wrong:
                changes.append(Change(filed + timedelta(minutes=40), "U", guid, [*first[:3], count]))
    return changes
