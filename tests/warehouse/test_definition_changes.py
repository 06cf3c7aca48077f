"""Figures on both sides of a changed definition: compared by a bridge, or not at all."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from tests.warehouse.plan_rows import MID_2023, define, observe, status
from tests.warehouse.small_district import SmallDistrict
from tests.warehouse.small_publications import go
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.read import SnapshotReader
from warehouse.read import indicator as read_indicator
from warehouse.read.overview import changes as read_changes

pytestmark = pytest.mark.slow

MAY, APRIL = date(2023, 5, 31), date(2023, 4, 30)


def change(version: int, start: date, factor: float | None = None) -> dict[str, Any]:
    bridge = None if factor is None else {"factor": factor, "reason": "双轨期比值"}
    return {"version": version, "from": start, "zh": "口径更严", "en": "stricter", "bridge": bridge}


@pytest.mark.parametrize(
    ("changes", "earlier", "later", "factor"),
    [
        ([], 1, 1, 1.0),
        ([], 1, 2, None),  # nobody said what changed
        ([(2, None)], 1, 2, None),
        ([(2, 0.5)], 1, 2, 0.5),
        ([(2, 0.5)], 2, 2, 1.0),
        ([(2, 0.5), (3, 1.2)], 1, 3, 0.6),
        ([(2, 0.5), (3, 1.2)], 2, 3, 1.2),
        ([(2, 0.5), (3, None)], 1, 3, None),  # one gap breaks the chain
        ([(2, 0.5), (3, None)], 1, 2, 0.5),
        ([(2, 0.5)], 2, 1, None),  # never backwards
    ],
)
def test_bridges_multiply_and_a_gap_breaks_them(
    empty: duckdb.DuckDBPyConnection,
    changes: list[tuple[int, float | None]],
    earlier: int,
    later: int,
    factor: float | None,
) -> None:
    define(empty, changes=[change(version, MAY, bridge) for version, bridge in changes])
    found = empty.execute("SELECT definition_factor(changes, ?, ?) FROM indicator", [earlier, later]).fetchall()
    assert found == [(None if factor is None else pytest.approx(factor),)]


# 200 in May under version 1; version 2 counts half of it, 104 in June.
@pytest.mark.parametrize(("factor", "previous"), [(None, None), (0.5, 100.0)])
def test_the_previous_value_is_in_terms_of_the_newest_version(
    empty: duckdb.DuckDBPyConnection, factor: float | None, previous: float | None
) -> None:
    define(empty, target_value=400, definition_version=2, changes=[change(2, date(2023, 6, 1), factor)])
    observe(empty, 200.0, MAY)
    observe(empty, 104.0, definition_version=2)
    row = status(empty)
    assert (row["value"], row["definition_version"]) == (104.0, 2)
    assert row["previous_value"] == previous
    assert row["previous_period_end"] == (None if previous is None else MAY)
    # On a day when the new version had no figure yet, the old one stands by itself.
    assert (status(empty, MAY)["value"], status(empty, MAY)["definition_version"]) == (200.0, 1)


def test_the_sentence_says_that_the_definition_changed(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty, definition_version=2, changes=[change(2, date(2023, 6, 1))])
    observe(empty, 200.0, MAY)
    observe(empty, 60.0, definition_version=2)
    row = status(empty)
    assert row["sentence_zh"].endswith("口径自 2023-06-01 起变更：口径更严，前后不可比。")
    assert row["sentence_en"].endswith(
        "The definition changed from 2023-06-01 on: stricter; figures before are not comparable."
    )
    assert "变更" not in status(empty, MAY)["sentence_zh"]  # on that day nothing had changed

    empty.execute("DELETE FROM indicator")
    define(empty, definition_version=2, changes=[change(2, date(2023, 6, 1), 0.5)])
    assert status(empty)["sentence_zh"].endswith("口径自 2023-06-01 起变更：口径更严，此前数值按系数 0.5 折算。")

    # A change that restated everything from the start of the plan is no break.
    empty.execute("DELETE FROM indicator")
    define(empty, definition_version=2, changes=[change(2, date(2021, 1, 1))])
    assert "变更" not in status(empty)["sentence_zh"]


# The target 100 was passed in 2022 by the old way of counting only.
@pytest.mark.parametrize(("factor", "day"), [(None, "2025-12-31"), (0.5, "2025-12-31"), (0.9, "2022-12-31")])
def test_an_old_definition_does_not_meet_the_target_of_the_new_one(
    empty: duckdb.DuckDBPyConnection, factor: float | None, day: str
) -> None:
    define(empty, definition_version=2, changes=[change(2, date(2025, 12, 1), factor)])
    observe(empty, 120.0, date(2022, 12, 31))
    observe(empty, 101.0, date(2025, 12, 31), definition_version=2)
    row = status(empty, date(2026, 2, 1))
    early = day == "2022-12-31"
    assert row["status"] == ("achieved_early" if early else "on_schedule")
    assert ("2022-12-31" in row["sentence_zh"]) == early


def test_each_kind_of_period_has_its_own_newest_version(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty, definition_version=2, changes=[change(2, date(2023, 6, 1), 0.5)])
    observe(empty, 200.0, MAY)
    observe(empty, 104.0, definition_version=2)
    observe(empty, 300.0, date(2022, 12, 31), period_type="year", start=date(2022, 1, 1))
    rows = empty.execute(
        "SELECT period_type, comparable_value FROM comparable_figure_at(?) ORDER BY ALL", [MID_2023]
    ).fetchall()
    assert rows == [("month", 100.0), ("month", 104.0), ("year", 300.0)]


@pytest.fixture
def small(home: Home, ledger: Ledger) -> SmallDistrict:
    district = SmallDistrict(home, ledger)
    district.deliver_all()
    return district


_DOUBLED = (
    "UPDATE marts.fct_indicator_observation SET value = value * 2, numerator = numerator * 2 "
    "WHERE indicator_code = 'S14'"
)


# Six lots at first; version 2 counts each twice (two entrances), over all periods.
@pytest.mark.parametrize(("factor", "comparable"), [(None, None), (2.0, 12.0)])
def test_a_revision_by_definition_keeps_the_record_and_compares_by_the_bridge(
    small: SmallDistrict, factor: float | None, comparable: float | None
) -> None:
    go(small)
    small.versions["S14"] = 2
    small.changes["S14"] = [change(2, date(2021, 1, 1), factor) | {"from": "2021-01-01"}]
    report = go(small, _DOUBLED)
    assert report.held == ()
    reader = SnapshotReader(small.home)
    newest = [
        r for r in read_indicator.revisions(reader, "S14", changed_only=True) if r.period_end == date(2023, 6, 30)
    ]
    assert [(r.value, r.previous_value, r.comparable_previous_value) for r in newest] == [(12.0, 6.0, comparable)]
    assert [(c.indicator_code, c.value, c.previous_value) for c in read_changes(reader)] == [("S14", 12.0, comparable)]
    definition = read_indicator.definition(reader, "S14")
    assert definition.changes is not None
    assert [(c["version"], c["from"], c["bridge"] is None) for c in definition.changes] == [
        (2, date(2021, 1, 1), factor is None)
    ]


def test_an_ordinary_revision_is_comparable(small: SmallDistrict) -> None:
    go(small)
    small.deliver_uploads("bjune2", 49, 50, day=date(2023, 6, 29))
    go(small)
    (revision,) = read_indicator.revisions(SnapshotReader(small.home), "S15", changed_only=True)
    assert (revision.previous_value, revision.comparable_previous_value, revision.value) == (82.0, 82.0, 90.0)


_NEW_MONTH = """
    INSERT INTO marts.fct_indicator_observation
    SELECT * REPLACE (DATE '2023-07-01' AS period_start, DATE '2023-07-31' AS period_end, 10000000.0 AS value,
                      10000000.0 AS numerator, {version} AS definition_version)
    FROM marts.fct_indicator_observation WHERE indicator_code = 'S14' AND period_end = DATE '2023-06-30'
      AND area_code = '310105'
"""
_THOUSAND = (
    "UPDATE marts.fct_indicator_observation SET value = 1000 * value, numerator = 1000 * numerator "
    "WHERE indicator_code = 'S14'"
)


# 6,000 in June and 10,000,000 in July look like a wrong unit, unless the unit is what the new version changed.
@pytest.mark.parametrize(
    ("version", "factor", "held"), [(1, None, ["S14"]), (2, None, []), (2, 1.0, ["S14"]), (2, 1000.0, [])]
)
def test_a_jump_across_a_changed_definition_is_no_unit_error(
    small: SmallDistrict, version: int, factor: float | None, held: list[str]
) -> None:
    go(small, _THOUSAND)
    if version == 2:
        small.changes["S14"] = [change(2, date(2023, 7, 1), factor) | {"from": "2023-07-01"}]
    report = go(small, _THOUSAND, _NEW_MONTH.format(version=version), as_of=date(2023, 7, 31))
    assert [hold.indicator_code for hold in report.held] == held
