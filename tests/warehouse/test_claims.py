"""Claims about the plan: verdicts by the rules, and which indicators support or break them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.plan_rows import MID_2023, PLAN_END
from warehouse.publish import claims, snapshot_file

# Statuses of a claim's indicators: o = on schedule, e = achieved early, b = behind, B = behind and binding,
# u = undefined, m = missing.
_STATUS = {"o": "on_schedule", "e": "achieved_early", "b": "behind", "B": "behind", "u": "undefined", "m": "missing"}


def stand(connection: duckdb.DuckDBPyConnection, statuses: str, outlooks: str = "", **changed: Any) -> None:
    """One headline indicator a letter; `outlooks` beside: w = will meet, y = may meet, n = will miss, - = refused."""
    words = {"w": "will_meet", "y": "may_meet", "n": "will_miss", "-": None}
    for place, letter in enumerate(statuses):
        code = f"H{place:02d}"
        snapshot_file.insert(
            connection,
            "indicator",
            [
                {
                    "indicator_code": code,
                    "name_zh": f"指标{place}",
                    "name_en": f"Indicator {place}",
                    "tier": "headline",
                    "binding": letter == "B",
                }
            ],
        )
        status = {"indicator_code": code, "as_of": MID_2023, "status": _STATUS[letter], "target_date": PLAN_END}
        texts = {
            "status_zh": "词",
            "status_en": "word",
            "sentence_zh": f"状态{place}",
            "sentence_en": f"status {place}",
        }
        snapshot_file.insert(connection, "indicator_status", [status | texts | changed])
        if outlooks:
            forecast = {"indicator_code": code, "as_of": MID_2023, "outlook": words[outlooks[place]]}
            texts = {"sentence_zh": f"推算{place}", "sentence_en": f"forecast {place}"}
            snapshot_file.insert(connection, "indicator_forecast", [forecast | texts])


def judge(connection: duckdb.DuckDBPyConnection, code: str) -> dict[str, Any]:
    claims.fill_claims(connection)
    (row,) = snapshot_file.rows(connection, "FROM claim WHERE claim_code = ?", [code])
    return row


def roles(connection: duckdb.DuckDBPyConnection, code: str) -> str:
    rows = connection.execute(
        "SELECT role FROM claim_indicator WHERE claim_code = ? ORDER BY indicator_code", [code]
    ).fetchall()
    return "".join({"supports": "+", "breaks": "x", "not_judged": "?"}[role] for (role,) in rows)


@pytest.mark.parametrize(
    ("statuses", "verdict", "judged"),
    [
        ("ooooeeeeoooooo" + "uuuu", "holds", 14),  # as the report has it
        ("oooob", "holds", 5),  # 4 of 5 is enough
        ("ooobb", "does_not_hold", 5),
        ("ooob", "does_not_hold", 4),
        ("ooooooooooooB", "does_not_hold", 13),  # a binding one behind is not made up for by others
        ("ouuB", "does_not_hold", 2),  # it breaks the claim however few are judged
        ("oouu", "cannot_be_judged", 2),  # half is not more than half
        ("ooou", "holds", 3),
        ("mmuu", "cannot_be_judged", 0),
        ("", "cannot_be_judged", 0),
    ],
)
def test_on_schedule(empty: duckdb.DuckDBPyConnection, statuses: str, verdict: str, judged: int) -> None:
    stand(empty, statuses)
    row = judge(empty, "on_schedule")
    assert (row["verdict"], row["judged"], row["total"]) == (verdict, judged, len(statuses))
    assert roles(empty, "on_schedule") == statuses.translate(str.maketrans("oebBum", "++xx??"))


@pytest.mark.parametrize(
    ("statuses", "outlooks", "verdict", "found"),
    [
        ("eo", "-w", "holds", "++"),
        ("eb", "-w", "holds", "++"),  # behind the path, but on the way
        ("eoo", "-wn", "does_not_hold", "++x"),
        ("eou", "-w-", "cannot_be_judged", "++?"),  # nothing against it, but not for all
        ("eouo", "-w-n", "does_not_hold", "++?x"),  # one is enough to break it
        ("eoo", "-wy", "cannot_be_judged", "++?"),  # a target inside the range is open
        ("eoo", "-w-", "cannot_be_judged", "++?"),  # no forecast
        ("", "", "cannot_be_judged", ""),
    ],
)
def test_expected_to_be_met(
    empty: duckdb.DuckDBPyConnection, statuses: str, outlooks: str, verdict: str, found: str
) -> None:
    stand(empty, statuses, outlooks)
    assert judge(empty, "met_by_target_date")["verdict"] == verdict
    assert roles(empty, "met_by_target_date") == found


def test_after_the_target_date_the_status_decides(empty: duckdb.DuckDBPyConnection) -> None:
    stand(empty, "obe", "---", as_of=PLAN_END)
    row = judge(empty, "met_by_target_date")
    assert (row["verdict"], row["judged"], row["as_of"]) == ("does_not_hold", 3, PLAN_END)
    assert roles(empty, "met_by_target_date") == "+x+"


def test_sentences_name_numbers_breaking_and_unjudged_indicators(empty: duckdb.DuckDBPyConnection) -> None:
    stand(empty, "oooobu")
    row = judge(empty, "on_schedule")
    assert row["sentence_zh"] == (
        "成立：6 项中 5 项可评，其中 4 项基本符合预期或更好（80.0%），1 项滞后：指标4。"
        "另有 1 项不能判定（指标5），因此不能就全部 6 项确认。"
    )
    assert row["sentence_en"] == (
        "Holds: 5 of 6 can be judged; 4 of them on schedule or better (80.0%); 1 behind: Indicator 4. "
        "1 cannot be judged (Indicator 5): nothing is confirmed for all 6."
    )
    assert "至少 80%" in row["rule_zh"]
    assert "more than 50%" in row["rule_en"]
    reasons = empty.execute(
        "SELECT indicator_code, reason_zh, reason_en FROM claim_indicator WHERE role = 'breaks'"
    ).fetchall()
    assert reasons == [("H04", "词：状态4", "word: status 4")]


def test_many_names_are_cut_and_counted(empty: duckdb.DuckDBPyConnection) -> None:
    stand(empty, "o" + "u" * 7)
    row = judge(empty, "on_schedule")
    assert "指标1、指标2、指标3、指标4、指标5等 7 项" in row["sentence_zh"]
    assert "Indicator 5 and 2 more" in row["sentence_en"]


def test_only_the_claims_tier_counts(empty: duckdb.DuckDBPyConnection) -> None:
    stand(empty, "oooobb")
    empty.execute("UPDATE indicator SET tier = 'supporting' WHERE indicator_code IN ('H04', 'H05')")
    row = judge(empty, "on_schedule")
    assert (row["verdict"], row["total"]) == ("holds", 4)


def _rules(path: Path, change: tuple[str, str]) -> Path:
    text = claims.RULES.read_text(encoding="utf-8")
    assert change[0] in text
    file = path / "claims.yaml"
    file.write_text(text.replace(*change), encoding="utf-8")
    return file


def test_thresholds_come_from_the_file(empty: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    stand(empty, "oB", "wy")
    file = _rules(tmp_path, ("binding_may_be_behind: false", "binding_may_be_behind: true"))
    file.write_text(
        file.read_text(encoding="utf-8")
        .replace("least_share: 0.8", "least_share: 0.5")
        .replace("may_meet: not_judged", "may_meet: supports"),
        encoding="utf-8",
    )
    claims.fill_claims(empty, claims.read_rules(file))
    assert empty.execute("SELECT claim_code, verdict FROM claim ORDER BY ALL").fetchall() == [
        ("met_by_target_date", "holds"),
        ("on_schedule", "holds"),
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("least_share: 0.8", "least_shares: 0.8"), "least_shares"),
        (("least_share: 0.8", "least_share: 80"), "less than or equal to 1"),
        (("rule: forecast", "rule: weather"), "weather"),
        (("code: met_by_target_date", "code: on_schedule"), "used twice"),
        (("claims:", "claim:"), "claims"),
    ],
)
def test_an_unusable_rule_names_the_file(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    file = _rules(tmp_path, change)
    with pytest.raises(ValueError) as refusal:
        claims.read_rules(file)
    assert str(file) in str(refusal.value)
    assert words in str(refusal.value)
