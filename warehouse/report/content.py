"""What the report says: the fields of the template, read from one snapshot.

Belongs here: which facts go into the section on the main indicators, as texts and numbers with ids. Does not belong
here: how it looks and its fixed words (the template), pictures (`charts.py`), any judgement (it is in the snapshot).
The same snapshot and day give the same numbers every time: `verifying.py` rests on that.

A figure that is missing, held or undefined is said in words: `value` then is the word of its status.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from warehouse.read import SnapshotReader, plan
from warehouse.read.impact import REPORTED_TIERS
from warehouse.read.overview import JUDGED, OverviewRow, SnapshotInfo, overview, snapshot_info
from warehouse.read.plan import Claim, Forecast, ProgressTotal
from warehouse.read.writing import moment, share
from warehouse.report.indicator_lines import Line, line
from warehouse.report.numbers import Number, Numbers, Prose, Source
from warehouse.report.sources import IndicatorSource, feed_names, indicator_source

DOMAINS: Final = {"economy": "数字经济", "life": "数字生活", "governance": "数字治理", "base": "数字底座"}
_VERDICTS: Final = {"holds": "成立", "does_not_hold": "不成立", "cannot_be_judged": "不能判定"}
_ROLES: Final = {"breaks": "不支持", "not_judged": "未评", "supports": "支持"}
_COUNTS: Final = ("total", "judged", *JUDGED, "undefined", "missing", "held", "not_due", "not_assessed")


class DayOutside(ValueError):
    """The snapshot cannot speak of that day. `zh` and `en` say of which it can."""

    def __init__(self, day: date, info: SnapshotInfo) -> None:
        self.zh = f"本次发布不能按 {day} 评判：请选择 {info.plan_start} 至 {info.as_of} 之间的日期。"
        self.en = f"This publication cannot judge on {day}: choose a day between {info.plan_start} and {info.as_of}."
        super().__init__(f"{self.zh} / {self.en}")


@dataclass(frozen=True, slots=True)
class Counted:
    """How many indicators of a domain or department stand where (headline ones)."""

    name: str
    counts: dict[str, Number]


@dataclass(frozen=True, slots=True)
class Reason:
    """What an indicator says about a claim."""

    name: str
    role: str
    text: Prose


@dataclass(frozen=True, slots=True)
class Judgement:
    """A claim with its verdict and the indicators that it rests on, those against it first."""

    text: Prose
    verdict: Number
    sentence: Prose
    rule: Prose
    reasons: list[Reason]


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain's headline and supporting indicators."""

    code: str
    name: str
    headline: list[Line]
    supporting: list[Line]


@dataclass(frozen=True, slots=True)
class Content:
    """All fields of the report. `numbers` holds every number in them by id."""

    info: SnapshotInfo
    day: date
    other_day: bool
    simulated: bool
    illustrative: bool
    as_of: Number
    publication: Number
    published_at: Number
    plan_start: Number
    plan_end: Number
    time_share: Number
    whole: Counted | None
    domains_counted: list[Counted]
    departments_counted: list[Counted]
    claims: list[Judgement]
    domains: list[Domain]
    sources: list[IndicatorSource]
    numbers: dict[str, Number]


def content(reader: SnapshotReader, day: date | None = None) -> Content:
    """The report of a snapshot as judged on `day` (None: the publication's own); raises DayOutside."""
    info = snapshot_info(reader)
    if day is not None and not info.plan_start <= day <= info.as_of:
        raise DayOutside(day, info)
    other = day if day != info.as_of else None
    numbers = Numbers(Source(info.snapshot_id, other), info.district_code)
    rows = [row for row in overview(reader, as_of=other) if row.tier in REPORTED_TIERS]
    # A forecast is of the publication's day: on another day there is none.
    forecasts = plan.forecasts(reader) if other is None and _has(reader, "indicator_forecast") else {}
    totals = (plan.totals(reader, other) if other else plan.totals(reader)) if _has(reader, "progress_total") else []
    counted = {
        dimension: [_counted(numbers, row) for row in totals if (row.dimension, row.tier) == (dimension, "headline")]
        for dimension in ("district", "domain", "department")
    }
    names = feed_names(reader)
    return Content(
        info=info,
        day=other or info.as_of,
        other_day=other is not None,
        simulated=info.simulated,
        illustrative=any(row.target_is_illustrative for row in rows),
        as_of=numbers.other("report", "as_of", f"{other or info.as_of}", "数据截至"),
        publication=numbers.other("report", "publication", str(info.number), "第几次发布"),
        published_at=numbers.other(
            "report", "published", moment(info.published_at, ZoneInfo(info.time_zone)), "发布时间"
        ),
        plan_start=numbers.other("report", "plan_start", f"{info.plan_start}", "规划期起"),
        plan_end=numbers.other("report", "plan_end", f"{info.plan_end}", "规划期止"),
        time_share=numbers.other("report", "time_share", share(_plan_share(info, rows)).replace(" ", ""), "时间进度"),
        whole=next(iter(counted["district"]), None),
        domains_counted=counted["domain"],
        departments_counted=counted["department"],
        claims=[_claim(numbers, claim) for claim in plan.claims(reader)] if _has(reader, "claim") else [],
        domains=_domains(numbers, rows, forecasts),
        sources=[indicator_source(reader, numbers, row, names) for row in rows],
        numbers=numbers.by_tag,
    )


def _plan_share(info: SnapshotInfo, rows: Sequence[OverviewRow]) -> float | None:
    """The share of the plan's time that is gone, as the snapshot has it for indicators that run with the plan."""
    whole = [row.time_share for row in rows if row.target_date in (None, info.plan_end)]
    return whole[0] if whole else None


def _has(reader: SnapshotReader, table: str) -> bool:
    """Whether the snapshot has the table: an older version's may lack it."""
    return bool(reader.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [table]))


def _counted(numbers: Numbers, row: ProgressTotal) -> Counted:
    code = f"{row.dimension[:3]}.{row.dimension_code}"
    name = row.label_zh or row.dimension_code
    return Counted(
        name, {word: numbers.other(code, word, str(getattr(row, word)), f"{name} {word}") for word in _COUNTS}
    )


def _claim(numbers: Numbers, claim: Claim) -> Judgement:
    code = f"claim.{claim.claim_code}"
    return Judgement(
        text=numbers.other_sentence(code, "t", claim.text_zh, "论断"),
        verdict=numbers.other(code, "verdict", _VERDICTS.get(claim.verdict, claim.verdict), "判定"),
        sentence=numbers.other_sentence(code, "s", claim.sentence_zh, "判定说明"),
        rule=numbers.other_sentence(code, "r", claim.rule_zh, "判定规则"),
        reasons=[
            Reason(
                name=one.name_zh,
                role=_ROLES.get(one.role, one.role),
                text=numbers.other_sentence(f"{one.indicator_code}.{claim.claim_code}", "c", one.reason_zh, "理由"),
            )
            for role in _ROLES
            for one in claim.indicators
            if one.role == role
        ],
    )


def _domains(numbers: Numbers, rows: Sequence[OverviewRow], forecasts: dict[str, Forecast]) -> list[Domain]:
    known = [*DOMAINS, *sorted({row.domain for row in rows} - set(DOMAINS))]
    made = [
        Domain(
            code,
            DOMAINS.get(code, code),
            *(
                [
                    line(numbers, row, forecasts.get(row.indicator_code))
                    for row in rows
                    if (row.domain, row.tier) == (code, tier)
                ]
                for tier in ("headline", "supporting")
            ),
        )
        for code in known
    ]
    return [domain for domain in made if domain.headline or domain.supporting]
