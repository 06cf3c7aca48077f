"""The health commission: institutions, follow-up sites, and what its front-end database and two hospitals deliver.

Belongs here: the population of institutions and the order of the deliveries. Does not belong here: reports
(`hospital_reports.py`), visits (`hospital_visits.py`), the database file (`exchange_database.py`), bundles
(`hospital_fhir.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sources.simulator import hospital_fhir, hospital_reports, hospital_visits
from sources.simulator.delivery_files import Outbox
from sources.simulator.district import ZONE, allocate, days, local, stock_dates, subdistricts
from sources.simulator.exchange_database import Change, write_database
from sources.simulator.hospital_database import INTEGERS, VIEWS
from sources.simulator.hospital_orgs import Institution, institutions
from sources.simulator.randomness import Chance
from sources.simulator.span import Span

# The front-end database opened with a load of the registers; a quarter of it bounds the demonstration's volume.
VIEWS_OPENED = date(2023, 4, 1)

# Follow-up sites opened; one of them closes, in a subdistrict that has another.
_SITES = [
    (date(2021, 9, 15), 2),
    (date(2022, 3, 31), 4),
    (date(2022, 12, 31), 8),
    (date(2023, 5, 31), 11),
    (date(2023, 6, 30), 11),
    (date(2024, 12, 31), 13),
    (date(2025, 12, 31), 15),
]
_CLOSED_SITE = (0, date(2023, 3, 10))


@dataclass(frozen=True)
class Site:
    """A remote follow-up site for cardiac devices."""

    code: str
    org: str
    subdistrict: str
    opened_on: date
    closed_on: date | None


def follow_up_sites(orgs: list[Institution], chance: Chance) -> list[Site]:
    """All sites of the plan's years. The first and the third share a subdistrict, the others spread over all ten."""
    rng = chance.of("follow-up sites")
    opened = stock_dates(_SITES, rng)
    codes = [str(code) for code in rng.permutation([item.code for item in subdistricts()])]
    # Eleven sites by the report's day: the first closes, its neighbour keeps the subdistrict covered.
    places = [codes[0], codes[1], codes[0], *codes[2:], *allocate(len(opened) - 11, rng)]
    centres = {org.subdistrict: org.code for org in orgs if org.level == "9"}
    return [
        Site(f"SF{number + 1:03d}", centres[place], place, day, _CLOSED_SITE[1] if number == _CLOSED_SITE[0] else None)
        for number, (day, place) in enumerate(zip(opened, places, strict=True))
    ]


def deliver(chance: Chance, span: Span, outbox: Outbox, *, database: str) -> None:
    """The front-end database (file `database`) as of the cut-off, and a bundle a day of each hospital with FHIR."""
    orgs = institutions(chance)
    sites = follow_up_sites(orgs, chance)
    changes: dict[str, list[Change]] = {"v_jg_jbxx": _org_changes(orgs, span), "v_sf_wd": _site_changes(sites, span)}
    covered = span.days(VIEWS_OPENED)
    reports = [report for day in covered for report in hospital_reports.reports_of(orgs, chance, day, span)]
    changes["v_yb_tz"] = [row for day in covered for row in hospital_reports.ledger_changes(orgs, chance, day, span)]
    changes["v_bg_sy"] = hospital_reports.index_changes(reports)
    changes["v_jz_jl"] = [row for day in covered for row in hospital_visits.visit_changes(orgs, chance, day, span)]
    cut_off = span.cut_off.astimezone(ZONE).replace(tzinfo=None)
    written = write_database(outbox.folder / database, VIEWS, changes, cut_off, integers=INTEGERS)
    outbox.written += int(written)
    hospital_fhir.deliver_bundles(orgs, reports, span, outbox)


def _org_changes(orgs: list[Institution], span: Span) -> list[Change]:
    """The load of the register, then one update for each date that became known since."""
    opened = max(span.start, VIEWS_OPENED)
    changes = []
    for number, org in enumerate(orgs):
        changes.append(Change(_at(opened, 2, number), "I", f"ORG-{org.code}", org.row(opened)))
        changes += [
            Change(_at(day, 9, number), "U", f"ORG-{org.code}", org.row(day))
            for day in days(opened + timedelta(days=1), span.end)
            if day in org.dates()
        ]
    return changes


def _site_changes(sites: list[Site], span: Span) -> list[Change]:
    opened = max(span.start, VIEWS_OPENED)
    changes = []
    for number, site in enumerate(sites):
        for day in (site.opened_on, site.closed_on):
            if day is None or day > span.end:
                continue
            known_on = max(day, opened)
            row = [
                site.code,
                site.org,
                site.subdistrict,
                site.opened_on.isoformat(),
                site.closed_on.isoformat() if site.closed_on and site.closed_on <= known_on else None,
            ]
            operation = "I" if day == site.opened_on else "U"
            changes.append(
                Change(_at(known_on, 3, number + (100 if operation == "U" else 0)), operation, f"SITE-{site.code}", row)
            )
    return changes


def _at(day: date, hour: int, second: int) -> datetime:
    """A naive district-local moment."""
    return local(day, time(hour)).astimezone(ZONE).replace(tzinfo=None) + timedelta(seconds=second)
