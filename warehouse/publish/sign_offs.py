"""Signatures when publishing: which ones end, which figures wait for theirs, and the public tables that say so.

Belongs here: comparing signatures with the figures about to be published, keeping unsigned ones back where the
installation asks for it. Does not belong here: what a signature covers and its steps (`warehouse.sign_off`), writing
the ledger.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import duckdb

from warehouse.ledger import CheckResult, NewSignOff, SignedFacts, SignOff
from warehouse.publish import snapshot_file
from warehouse.publish.difference import pair_figures
from warehouse.publish.report import HeldIndicator
from warehouse.publish.tables.sign_offs import SIGN_OFF
from warehouse.sign_off.facts import facts, restated
from warehouse.sign_off.settings import Unsigned
from warehouse.sign_off.steps import STEP_EN, STEP_ZH, Standing, standings, voided

# How many batch ids a cause names; the rest is counted.
_NAMED_BATCHES: Final = 3
_PERIOD: Final = ("indicator_code", "period_type", "period_start", "period_end")


@dataclass(frozen=True, slots=True)
class Settled:
    """What this publication does to signatures. `voids` go to the ledger with it; `withheld` wait for signatures."""

    voids: tuple[NewSignOff, ...]
    withheld: tuple[SignedFacts, ...]
    signatures: Sequence[SignOff]

    def holds(self, definitions: Iterable[Mapping[str, Any]]) -> dict[str, HeldIndicator]:
        """Indicators whose newest figure of the main kind waits: readers are told why they see an older one."""
        kinds = {row["indicator_code"]: row["period_type"] for row in definitions}
        newest: dict[str, SignedFacts] = {}
        for one in self.withheld:
            if kinds.get(one.indicator_code) == one.period_type:
                known = newest.get(one.indicator_code)
                newest[one.indicator_code] = one if known is None or one.period_end > known.period_end else known
        standing = _after(self.signatures, self.voids)
        return {code: _hold(one, standing.get(one.figure, Standing())) for code, one in newest.items()}


def settle(
    connection: duckdb.DuckDBPyConnection,
    signatures: Sequence[SignOff],
    *,
    results: Iterable[CheckResult],
    held: Collection[str],
    policy: Unsigned,
    district_code: str,
    zone: str,
    published_at: datetime,
    snapshot_id: str,
) -> Settled:
    """Find the signatures that end, and put figures that lack theirs back to the last published ones.

    Reads `built_figure`, `published_figure` and the views of the ledger; `results` are this publication's own checks.
    Figures of held indicators stay as readers know them, and so do their signatures. With `Unsigned.WITHHOLD` periods
    that are new or changed and not signed in full as they are now keep, in `built_figure`, their last published
    figures of all areas, or none; `withheld_period` then names them.
    """
    pair_figures(connection)
    connection.execute("CREATE OR REPLACE TEMP TABLE own_check (indicator_code VARCHAR, entity VARCHAR, "
                       "check_key VARCHAR, outcome VARCHAR, failed_rows BIGINT)")  # fmt: skip
    named = ("indicator_code", "entity", "check_key", "outcome", "failed_rows")
    own = [{name: getattr(one, name) for name in named} for one in results if one.indicator_code is not None]
    snapshot_file.insert_into(connection, "own_check", own)
    before = standings(signatures)
    found = _facts(connection, before, policy, district_code)
    day = published_at.astimezone(ZoneInfo(zone)).date()
    voids = []
    for figure, standing in before.items():
        if standing.signatures and figure[0] not in held:
            cause = _cause(connection, standing, found.get(figure), day)
            if cause is not None:
                now = found.get(figure) or standing.signatures[-1]
                voids.append(voided(now, cause, at=published_at, snapshot_id=snapshot_id))
    withheld: list[SignedFacts] = []
    if policy is Unsigned.WITHHOLD:
        withheld = _withhold(connection, _after(signatures, voids), found, held)
    else:
        _name_periods(connection, ())
    return Settled(tuple(voids), tuple(withheld), signatures)


def fill(connection: duckdb.DuckDBPyConnection, settled: Settled) -> None:
    """Fill the public tables `sign_off` and `awaiting_sign_off`."""
    rows: list[dict[str, Any]] = []
    standing: dict[tuple[str, str, date, date, str], list[dict[str, Any]]] = {}
    counted: dict[tuple[str, str, date, date, str], int] = {}
    names = {column.name for column in SIGN_OFF.columns}
    for entry in (*settled.signatures, *settled.voids):
        if entry.event == "voided":
            for row in standing.pop(entry.figure, []):
                row |= {
                    "voided_at": entry.signed_at,
                    "void_cause_zh": entry.cause_zh,
                    "void_cause_en": entry.cause_en,
                }
            continue
        counted[entry.figure] = counted.get(entry.figure, 0) + 1
        row = {name: value for name, value in snapshot_file.row_of(entry).items() if name in names}
        row |= {"step": entry.event, "number": counted[entry.figure]}
        rows.append(row)
        standing.setdefault(entry.figure, []).append(row)
    snapshot_file.insert(connection, "sign_off", rows)
    stands = _after(settled.signatures, settled.voids)
    published = set(
        connection.execute(f"SELECT DISTINCT {', '.join(_PERIOD)} FROM published_figure").fetchall()
        if settled.withheld
        else ()
    )
    key = (*_PERIOD, "area_code")
    waiting = [
        {name: getattr(one, name) for name in key}
        | {
            "next_step": stands.get(one.figure, Standing()).next_step,
            "shown": "last_published" if one.figure[:4] in published else "nothing",
        }
        for one in settled.withheld
    ]
    snapshot_file.insert(connection, "awaiting_sign_off", waiting)


def _facts(
    connection: duckdb.DuckDBPyConnection,
    standing: Mapping[tuple[str, str, date, date, str], Standing],
    policy: Unsigned,
    district_code: str,
) -> dict[tuple[str, str, date, date, str], SignedFacts]:
    """What signatures would cover of the district's figures that have some, or, to keep them back, that changed."""
    signed = [dict(zip(_PERIOD, figure[:4], strict=True)) for figure, one in standing.items() if one.signatures]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE wanted_period AS "
        f"SELECT {', '.join(_PERIOD)} FROM figure_pair WHERE {str(policy is Unsigned.WITHHOLD).lower()}"
    )
    snapshot_file.insert_into(connection, "wanted_period", signed)
    if not connection.execute("SELECT count(*) FROM wanted_period").fetchall()[0][0]:
        return {}
    figures = f"""(
        SELECT b.* FROM built_figure AS b
        SEMI JOIN wanted_period AS w ON {" AND ".join(f"w.{name} = b.{name}" for name in _PERIOD)}
        WHERE b.area_code = '{district_code}'
    )"""
    found = facts(
        lambda sql: snapshot_file.rows(connection, sql),
        figures=figures,
        batches="ledger_batch",
        checks="ledger_check_result",
        own_checks="own_check",
    )
    return {one.figure: _as_signed(one, standing.get(one.figure, Standing())) for one in found}


def _as_signed(found: SignedFacts, standing: Standing) -> SignedFacts:
    return restated(found, standing.signatures[-1]) if standing.signatures else found


def _withhold(
    connection: duckdb.DuckDBPyConnection,
    standing: Mapping[tuple[str, str, date, date, str], Standing],
    found: Mapping[tuple[str, str, date, date, str], SignedFacts],
    held: Collection[str],
) -> list[SignedFacts]:
    changed = set(
        connection.execute(f"SELECT DISTINCT {', '.join(_PERIOD)} FROM figure_pair WHERE NOT is_gone").fetchall()
    )
    withheld = []
    for figure, one in found.items():
        stands = standing.get(figure, Standing())
        signed = stands.next_step is None and stands.covers(one)
        if figure[:4] in changed and not signed and figure[0] not in held:
            withheld.append(one)
    _name_periods(connection, withheld)
    same = " AND ".join(f"w.{name} = f.{name}" for name in _PERIOD)
    names = ", ".join(
        row[0] for row in connection.execute("SELECT column_name FROM (DESCRIBE built_figure)").fetchall()
    )
    connection.execute(f"DELETE FROM built_figure AS f USING withheld_period AS w WHERE {same}")
    connection.execute(
        f"INSERT INTO built_figure SELECT {names} FROM published_figure AS f SEMI JOIN withheld_period AS w ON {same}"
    )
    return withheld


def _name_periods(connection: duckdb.DuckDBPyConnection, withheld: Iterable[SignedFacts]) -> None:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE withheld_period AS SELECT {', '.join(_PERIOD)} FROM built_figure LIMIT 0"
    )
    rows = [dict(zip(_PERIOD, one.figure[:4], strict=True)) for one in withheld]
    snapshot_file.insert_into(connection, "withheld_period", rows)


def _after(
    signatures: Iterable[SignOff], voids: Iterable[NewSignOff]
) -> dict[tuple[str, str, date, date, str], Standing]:
    """What stands once the voids are written."""
    standing = standings(signatures)
    for void in voids:
        standing[void.figure] = replace(standing[void.figure], signatures=())
    return standing


def _cause(
    connection: duckdb.DuckDBPyConnection, standing: Standing, now: SignedFacts | None, day: date
) -> tuple[str, str] | None:
    """Why the signatures of a figure end with this publication; None: they stand."""
    if now is None:
        return "数值已撤下", "the figure was withdrawn"
    if standing.lapsed(day):
        until = min(one.valid_until for one in standing.signatures if one.valid_until is not None)
        return f"签署有效期至 {until}，已过期", f"the signatures held until {until}"
    if standing.covers(now):
        return None
    signed = standing.signatures[-1]
    causes: list[tuple[str, str]] = []
    if now.value != signed.value:
        before, after = _number(signed.value), _number(now.value)
        causes.append((f"数值由 {before} 变为 {after}", f"the value changed from {before} to {after}"))
    elif (now.numerator, now.denominator) != (signed.numerator, signed.denominator):
        causes.append(("分子或分母有变", "numerator or denominator changed"))
    if now.definition_version != signed.definition_version:
        versions = signed.definition_version, now.definition_version
        causes.append(("口径版本由 {} 改为 {}".format(*versions), "definition version {} became {}".format(*versions)))
    if now.evidence_sha256 != signed.evidence_sha256:
        added, removed = _batches(connection, now)
        causes.append(
            (f"依据的批次有变{_listed(added, removed, 'zh')}", f"other batches{_listed(added, removed, 'en')}")
        )
    elif now.checks_sha256 != signed.checks_sha256:  # other batches have other checks: told once
        causes.append(("检查结果有变", "check results changed"))
    return "；".join(zh for zh, _ in causes), "; ".join(en for _, en in causes)


def _batches(connection: duckdb.DuckDBPyConnection, now: SignedFacts) -> tuple[list[str], list[str]]:
    """Batches that the figure has, and had in the last publication, on one side alone."""
    names = (*_PERIOD, "area_code")
    condition = " AND ".join(f"{name} = ?" for name in names)
    used: list[set[str]] = []
    for relation in ("built_figure", "published_figure"):
        row = connection.execute(f"SELECT batch_ids FROM {relation} WHERE {condition}", list(now.figure)).fetchone()
        used.append(set(row[0] or []) if row else set())
    return sorted(used[0] - used[1]), sorted(used[1] - used[0])


def _listed(added: Sequence[str], removed: Sequence[str], language: str) -> str:
    words = {"zh": ("新增 ", "不再采用 ", "，", "（{}）"), "en": ("new ", "no longer used ", ", ", " ({})")}[language]
    parts = [
        word
        + ", ".join(batches[:_NAMED_BATCHES])
        + (f" +{more}" if (more := len(batches) - _NAMED_BATCHES) > 0 else "")
        for word, batches in zip(words[:2], (added, removed), strict=True)
        if batches
    ]
    return words[3].format(words[2].join(parts)) if parts else ""


def _hold(one: SignedFacts, standing: Standing) -> HeldIndicator:
    step = standing.next_step or "prepared"
    return HeldIndicator(
        one.indicator_code,
        "unsigned",
        f"截至 {one.period_end} 的数值待签署（下一步：{STEP_ZH[step]}）",
        f"the figure as of {one.period_end} waits for signatures (next: {STEP_EN[step]})",
    )


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:,.10g}"
