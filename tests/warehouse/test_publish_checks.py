"""The checks of the marts: read strictly, understood by Soda, and each able to fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.warehouse.small_district import SmallDistrict
from warehouse.checks import soda
from warehouse.checks.published import PublishedChecksError, published_checks
from warehouse.clock import now
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.publish.gate import run_gate

pytestmark = pytest.mark.slow

FACT = "marts.fct_indicator_observation"
RATE = "WHERE indicator_code = 'S15'"
LOTS = "WHERE indicator_code = 'S14' AND area_code = '310105'"
KEYS = {spec.key for table in published_checks() for spec in table.checks}

# check -> a statement on sound marts that it has to find, and the indicator that it then names (None: no single one).
SPOILED: dict[str, tuple[str, str | None]] = {
    "one_figure_per_period_and_area": (f"INSERT INTO {FACT} SELECT * FROM {FACT} {RATE} LIMIT 1", "S15"),
    "figure_is_a_number": (f"UPDATE {FACT} SET value = 'nan' {RATE}", "S15"),
    "figure_follows_from_its_parts": (f"UPDATE {FACT} SET value = value - 1 {RATE}", "S15"),
    "figure_within_its_bounds": (f"UPDATE {FACT} SET value = 101 {RATE}", "S15"),
    "subdistricts_not_above_district": (f"UPDATE {FACT} SET value = 5 {LOTS}", "S14"),
    "subdistricts_sum_to_district": (f"UPDATE {FACT} SET value = 7 {LOTS}", "S14"),
    "area_is_known": (f"UPDATE {FACT} SET area_code = '310105999' WHERE area_code = '310105102'", "S14"),
    "period_is_whole": (f"UPDATE {FACT} SET period_start = '2023-06-02' {RATE} AND value = 82", "S15"),
    "figure_has_evidence": (f"UPDATE {FACT} SET batch_ids = [] {RATE}", "S15"),
    "figure_has_a_definition": (f"UPDATE marts.dim_indicator SET state = 'undefined' {RATE}", "S15"),
    "counts_are_whole": (f"UPDATE {FACT} SET value = 5.5 {LOTS}", "S14"),
    "coverage_is_high": (f"UPDATE {FACT} SET coverage = 0.79 {RATE}", "S15"),
    "one_definition_per_indicator": (f"INSERT INTO marts.dim_indicator FROM marts.dim_indicator {RATE}", "S15"),
    "definition_in_words": (f"UPDATE marts.dim_indicator SET unit_zh = NULL {RATE}", "S15"),
    "definitions_present": ("DELETE FROM marts.dim_indicator", None),
}  # fmt: skip


@pytest.fixture
def small(home: Home, ledger: Ledger) -> SmallDistrict:
    district = SmallDistrict(home, ledger)
    district.deliver_all()
    return district


def test_every_check_has_a_case_here() -> None:
    assert set(SPOILED) == KEYS


def test_soda_understands_every_check() -> None:
    assert [problem for table in published_checks() for problem in soda.lint(table.checks)] == []


@pytest.mark.parametrize("key", sorted(KEYS))
def test_each_check_finds_what_it_is_for(small: SmallDistrict, key: str) -> None:
    statement, code = SPOILED[key]
    small.build(statement)
    gate = run_gate(small.home, run_id="run", evaluated_at=now())
    found = {result.indicator_code: result for result in gate.results if result.check_key == key}
    expected = "WARN" if found[None].severity == "warning" else "FAILED"
    assert found[None].outcome == expected
    assert set(found) == {None} | ({code} if code else set())
    blocked = {hold.indicator_code for hold in gate.held}
    if code is None:
        assert key in {result.check_key for result in gate.unattributed}
    elif expected == "FAILED":
        assert code in blocked


def test_sound_marts_pass(small: SmallDistrict) -> None:
    small.build()
    gate = run_gate(small.home, run_id="run", evaluated_at=now())
    assert {result.outcome for result in gate.results} == {"PASSED"}
    assert (gate.held, gate.unattributed) == ((), ())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("table: marts.x\nchecks: []\nextra: 1\n", "table"),
        ("table: [", "YAML"),
        ("table: marts.x\nchecks:\n- {key: a}\n", r"checks\[0\]"),
        (
            "table: marts.x\nchecks:\n- {key: a, name_zh: 甲, name_en: A, dimension: 速度, severity: error, "
            "blocking: true, reason: r, soda: {row_count: {}}}\n",
            "dimension",
        ),
        (
            "table: marts.x\nchecks:\n- {key: a, name_zh: 甲, name_en: A, dimension: 完整性, severity: bad, "
            "blocking: true, reason: r, soda: {row_count: {}}}\n",
            "severity",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PublishedChecksError, match=place):
        published_checks(tmp_path)
