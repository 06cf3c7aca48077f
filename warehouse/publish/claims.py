"""The public tables `claim` and `claim_indicator`: what is said of the plan as a whole, and whether it holds.

Belongs here: reading the rules (`claims.yaml`, their one home), judging them on status and forecast, the sentences.
Does not belong here: status (`status.sql`) and forecasts (`forecast.py`), which are filled before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import duckdb
import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from warehouse.publish import snapshot_file

RULES = Path(__file__).with_name("claims.yaml")
# Numbers of indicators named in a sentence; the page lists all of them.
_NAMED = 5

_Share = Annotated[float, Field(gt=0, le=1)]
Role = Literal["supports", "breaks", "not_judged"]


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    scope: Literal["headline", "supporting"]
    text_zh: str
    text_en: str
    rule_zh: str
    rule_en: str


class PaceRule(_Rule):
    """Enough of the judged indicators are on schedule or better. Shares are fractions, 1.0 = all."""

    rule: Literal["pace"]
    least_share: _Share
    least_judged: _Share
    binding_may_be_behind: bool


class ForecastRule(_Rule):
    """Every indicator has met its target or is forecast to. `may_meet`: the role of a target inside the range."""

    rule: Literal["forecast"]
    may_meet: Role


Rule = Annotated[PaceRule | ForecastRule, Field(discriminator="rule")]


@dataclass(frozen=True, slots=True)
class _Said:
    """What one indicator says about a claim."""

    code: str
    name_zh: str
    name_en: str
    role: Role
    reason_zh: str
    reason_en: str
    binding_behind: bool = False


def read_rules(path: Path = RULES) -> list[PaceRule | ForecastRule]:
    """The rules; raises ValueError naming the file for an unknown key, a missing one or a code used twice."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        rules = TypeAdapter(list[Rule]).validate_python(document["claims"])
    except (yaml.YAMLError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path}：论断规则不可用，请修正 / {path}: the claims cannot be used; correct it: {error}"
        ) from error
    codes = [rule.code for rule in rules]
    if len(set(codes)) < len(codes):
        raise ValueError(f"{path}：论断编码重复 / {path}: a claim's code is used twice: {', '.join(codes)}")
    return rules


def fill_claims(connection: duckdb.DuckDBPyConnection, rules: Sequence[PaceRule | ForecastRule] | None = None) -> None:
    """Judge every claim by the filled `indicator_status` and `indicator_forecast`."""
    found = snapshot_file.rows(
        connection,
        """
        SELECT i.indicator_code, i.name_zh, i.name_en, i.tier, i.binding, s.as_of, s.status, s.status_zh, s.status_en,
               s.sentence_zh, s.sentence_en, f.outlook, f.refusal_zh, f.refusal_en,
               f.sentence_zh AS forecast_zh, f.sentence_en AS forecast_en, s.as_of >= s.target_date AS is_over
        FROM indicator AS i
        JOIN indicator_status AS s ON s.indicator_code = i.indicator_code
        LEFT JOIN indicator_forecast AS f ON f.indicator_code = i.indicator_code
        ORDER BY i.indicator_code
        """,
    )
    claims: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = []
    for rule in read_rules() if rules is None else rules:
        rows = [row for row in found if row["tier"] == rule.scope]
        said = [_pace(row) if isinstance(rule, PaceRule) else _forecast(row, rule) for row in rows]
        claims.append(_claim(rule, said) | {"as_of": rows[0]["as_of"] if rows else None})
        parts.extend(
            {
                "claim_code": rule.code,
                "indicator_code": one.code,
                "role": one.role,
                "reason_zh": one.reason_zh,
                "reason_en": one.reason_en,
            }
            for one in said
        )
    snapshot_file.insert(connection, "claim", claims)
    snapshot_file.insert(connection, "claim_indicator", parts)


def _pace(row: Mapping[str, Any]) -> _Said:
    role: Role = "not_judged"
    if row["status"] in ("achieved_early", "ahead", "on_schedule"):
        role = "supports"
    elif row["status"] == "behind":
        role = "breaks"
    is_binding = role == "breaks" and bool(row["binding"])
    return _Said(
        row["indicator_code"],
        row["name_zh"],
        row["name_en"],
        role,
        f"{row['status_zh']}{'（约束性）' if is_binding else ''}：{row['sentence_zh']}",
        f"{row['status_en']}{' (binding)' if is_binding else ''}: {row['sentence_en']}",
        is_binding,
    )


def _forecast(row: Mapping[str, Any], rule: ForecastRule) -> _Said:
    """The outlook; where no forecast is needed any more (target reached, or its date has come) the status."""
    texts = row["forecast_zh"] or row["sentence_zh"], row["forecast_en"] or row["sentence_en"]
    role: Role = "not_judged"
    if row["status"] == "achieved_early" or (row["is_over"] and row["status"] == "on_schedule"):
        role, texts = "supports", (row["sentence_zh"], row["sentence_en"])
    elif row["is_over"] and row["status"] == "behind":
        role, texts = "breaks", (row["sentence_zh"], row["sentence_en"])
    elif row["outlook"] == "may_meet":
        role = rule.may_meet
    elif row["outlook"] is not None:
        role = "supports" if row["outlook"] == "will_meet" else "breaks"
    return _Said(row["indicator_code"], row["name_zh"], row["name_en"], role, *texts)


def _claim(rule: PaceRule | ForecastRule, said: Sequence[_Said]) -> dict[str, Any]:
    by_role: dict[Role, list[_Said]] = {"supports": [], "breaks": [], "not_judged": []}
    for one in said:
        by_role[one.role].append(one)
    judged = len(by_role["supports"]) + len(by_role["breaks"])
    if isinstance(rule, PaceRule):
        verdict = _pace_verdict(rule, by_role, judged, len(said))
        words = {name: f"{getattr(rule, name):.0%}" for name in ("least_share", "least_judged")}
    else:
        verdict = _forecast_verdict(by_role, len(said))
        words = {}
    zh, en = _sentences(rule, verdict, by_role, judged, len(said))
    return {
        "claim_code": rule.code,
        "text_zh": rule.text_zh,
        "text_en": rule.text_en,
        "rule_zh": rule.rule_zh.format(**words),
        "rule_en": rule.rule_en.format(**words),
        "verdict": verdict,
        "judged": judged,
        "total": len(said),
        "sentence_zh": zh,
        "sentence_en": en,
    }


def _pace_verdict(rule: PaceRule, by_role: Mapping[Role, Sequence[_Said]], judged: int, total: int) -> str:
    if not rule.binding_may_be_behind and any(one.binding_behind for one in by_role["breaks"]):
        return "does_not_hold"
    if not judged or judged <= rule.least_judged * total:
        return "cannot_be_judged"
    # Shares of small numbers: 4 of 5 is 0.8 whatever the last bit says.
    return "holds" if len(by_role["supports"]) / judged >= rule.least_share - 1e-9 else "does_not_hold"


def _forecast_verdict(by_role: Mapping[Role, Sequence[_Said]], total: int) -> str:
    if by_role["breaks"]:
        return "does_not_hold"
    return "holds" if total and not by_role["not_judged"] else "cannot_be_judged"


_VERDICTS = {
    "holds": ("成立", "Holds"),
    "does_not_hold": ("不成立", "Does not hold"),
    "cannot_be_judged": ("不能判定", "Cannot be judged"),
}


def _sentences(
    rule: PaceRule | ForecastRule, verdict: str, by_role: Mapping[Role, Sequence[_Said]], judged: int, total: int
) -> tuple[str, str]:
    """What was counted, which indicators break the claim, which were not judged; Chinese and English."""
    supports, breaks, unjudged = by_role["supports"], by_role["breaks"], by_role["not_judged"]
    verdict_zh, verdict_en = _VERDICTS[verdict]
    zh = f"{verdict_zh}：{total} 项中 {judged} 项可评，其中 {len(supports)} 项"
    en = f"{verdict_en}: {judged} of {total} can be judged; {len(supports)} of them "
    if isinstance(rule, PaceRule):
        zh += "基本符合预期或更好" + (f"（{len(supports) / judged:.1%}）" if judged else "")
        en += "on schedule or better" + (f" ({len(supports) / judged:.1%})" if judged else "")
        breaking_zh, breaking_en = "滞后", "behind"
    else:
        zh += "已达到或预计达到目标"
        en += "have met their target or are expected to"
        breaking_zh, breaking_en = "未达到或预计达不到", "missed it or are expected to"
    if breaks:
        binding = sum(one.binding_behind for one in breaks)
        zh += f"，{len(breaks)} 项{breaking_zh}" + (f"（约束性 {binding} 项）" if binding else "")
        en += f"; {len(breaks)} {breaking_en}" + (f" ({binding} binding)" if binding else "")
        zh += f"：{_names(breaks, english=False)}"
        en += f": {_names(breaks, english=True)}"
    zh += "。"
    en += "."
    if unjudged:
        zh += f"另有 {len(unjudged)} 项不能判定（{_names(unjudged, english=False)}），因此不能就全部 {total} 项确认。"
        en += f" {len(unjudged)} cannot be judged ({_names(unjudged, english=True)}): "
        en += f"nothing is confirmed for all {total}."
    return zh, en


def _names(said: Sequence[_Said], *, english: bool) -> str:
    named = [one.name_en if english else one.name_zh for one in said[:_NAMED]]
    more = len(said) - len(named)
    if english:
        return ", ".join(named) + (f" and {more} more" if more > 0 else "")
    return "、".join(named) + (f"等 {len(said)} 项" if more > 0 else "")
