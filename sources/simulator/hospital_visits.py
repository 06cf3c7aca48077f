"""Visits to the simulated institutions as the front-end database carries them.

Belongs here: visits. Does not belong here: reports, the database file.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import numpy as np

from sources.simulator.district import ramp, working_day
from sources.simulator.exchange_database import Change
from sources.simulator.hospital_orgs import Institution
from sources.simulator.hospital_reports import PATIENTS, patient_id, patient_name
from sources.simulator.randomness import Chance
from sources.simulator.span import Span

# One in forty of a real district's visits: enough for shares, small enough for a demonstration.
_VISITS_A_DAY = 600
_WEEKEND = 0.5
# Internet visits as a share of the visits of a licensed hospital.
_INTERNET_SHARE = [(date(2023, 4, 1), 0.055), (date(2023, 6, 30), 0.075), (date(2025, 12, 31), 0.14)]
_CODES = {"门诊": "01", "急诊": "02", "住院": "03", "互联网": "11"}


def visit_changes(orgs: list[Institution], chance: Chance, day: date, span: Span) -> list[Change]:
    """Rows of `v_jz_jl` of the visits on `day`: filed within hours, some pushed twice, some deleted as wrong."""
    rng = chance.of("visits", day)
    volumes = np.array([org.volume if org.open_on(day) else 0.0 for org in orgs])
    total = _VISITS_A_DAY * span.scale * (1.0 if working_day(day) else _WEEKEND)
    counts = np.maximum(rng.poisson(volumes / volumes.sum() * total), volumes > 0)
    changes: list[Change] = []
    for org, count in zip(orgs, counts, strict=True):
        licensed = org.licensed_on is not None and org.licensed_on <= day
        internet = ramp(day, _INTERNET_SHARE) if licensed else 0.0
        shares = [0.86 - internet, 0.10, 0.04, internet] if not org.community else [1.0, 0.0, 0.0, 0.0]
        kinds = rng.choice(list(_CODES), count, p=shares)
        people = rng.integers(0, PATIENTS, count)
        seconds = rng.integers(0, 24 * 3600, count)
        working = rng.integers(7 * 3600 + 1800, 17 * 3600, count)
        fees = np.round(rng.lognormal(5.4, 0.7, count), 2)
        lags = rng.integers(300, 8 * 3600, count)
        for i in range(int(count)):
            kind = str(kinds[i])
            at = datetime.combine(day, time()) + timedelta(seconds=int(seconds[i] if kind == "急诊" else working[i]))
            follow_up = kind == "互联网" or people[i] % 3 == 0
            visit = f"JZ{day:%Y%m%d}{org.code[-8:]}{org.code[6:12]}{i:05d}"
            fee = float(fees[i]) * (28.0 if kind == "住院" else 1.0)
            row = [
                visit,
                org.code,
                patient_id(int(people[i])),
                patient_name(int(people[i])),
                _CODES[kind],
                f"K{people[i] % 24:02d}",
                f"{at:%Y%m%dT%H%M%S}",
                int(follow_up),
                int(people[i] % 4),
                f"{fee:.2f}",
            ]
            change = Change(at + timedelta(seconds=int(lags[i])), "I", f"JZ-{visit}", row)
            changes.append(change)
            if people[i] % 149 == 3:
                changes.append(replace(change, at=change.at + timedelta(minutes=2), operation="U"))
            if people[i] % 499 == 5:
                changes.append(replace(change, at=change.at + timedelta(hours=3), operation="D"))
    return changes
