"""The preview of a publication: at three levels, without effect, and equal to what publishing then does."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.cli.main import app
from tests.warehouse.small_district import AS_OF, SmallDistrict
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.publish import Reason, publish
from warehouse.publish.preview import Preview, RowChange, preview

pytestmark = pytest.mark.slow


@pytest.fixture
def small(home: Home, ledger: Ledger) -> SmallDistrict:
    district = SmallDistrict(home, ledger)
    district.deliver_all()
    district.build()
    return district


def look(small: SmallDistrict, reasons: dict[str, Reason] | None = None) -> Preview:
    return preview(small.home, small.ledger, as_of=AS_OF, manifest_path=small.manifest_path, reasons=reasons)


def files(home: Home) -> set[Path]:
    return {path for path in home.root.rglob("*") if path.is_file() and path.parent != home.ledger_views}


def test_a_first_publication_is_all_new(small: SmallDistrict) -> None:
    before = files(small.home), small.ledger.audit(), small.ledger.check_results()
    found = look(small)
    assert (files(small.home), small.ledger.audit(), small.ledger.check_results()) == before
    assert found.rows == (
        RowChange("parking", "prk_lot", 6, 0, ["blots"], []),
        RowChange("parking", "prk_snapshot", 150, 0, ["bjune", "bmay"], []),
    )
    assert {model.change for model in found.models} == {"new"}
    assert (found.report.new_figures, found.report.published) == (11, False)


def test_the_preview_equals_the_effect(small: SmallDistrict) -> None:
    publish(small.home, small.ledger, as_of=AS_OF, run_id="run1", manifest_path=small.manifest_path)
    nothing = look(small)
    assert (nothing.rows, nothing.models, nothing.report.changes) == ((), (), ())
    small.deliver_uploads("bjune2", 49, 50, day=AS_OF - timedelta(days=1))
    lots = {f"P{place}": date(2021, 3, 10) for place in range(7)}
    small.deliver_lots("blots2", lots, day=AS_OF, order=2)  # a whole state of the register replaces the one before
    small.versions["S14"] = 2
    small.build()
    seen = look(small)
    assert seen.rows == (
        RowChange("parking", "prk_lot", 7, 6, ["blots2"], ["blots"]),
        RowChange("parking", "prk_snapshot", 50, 0, ["bjune2"], []),
    )
    assert [(m.indicator_code, m.change, m.version_before, m.version) for m in seen.models] == [
        ("S14", "version", 1, 2)
    ]
    done = publish(small.home, small.ledger, as_of=AS_OF, run_id="run2", manifest_path=small.manifest_path)
    assert done.published
    assert (seen.report.changes, seen.report.held) == (done.changes, done.held)
    assert (seen.report.snapshot_id, seen.report.revised_figures) == (done.snapshot_id, done.revised_figures)


def test_a_large_change_is_seen_to_be_held_until_a_reason_is_given(small: SmallDistrict) -> None:
    publish(small.home, small.ledger, as_of=AS_OF, run_id="run1", manifest_path=small.manifest_path)
    small.build(
        "UPDATE marts.fct_indicator_observation SET value = value * 2, numerator = numerator * 2 "
        "WHERE indicator_code = 'S14' AND period_end = '2023-04-30'"
    )
    assert [hold.indicator_code for hold in look(small).report.held] == ["S14"]
    with_reason = look(small, reasons={"S14": Reason("error_correction", "漏计")})
    assert with_reason.report.held == ()
    assert {change.reason_class for change in with_reason.report.changes} == {"error_correction"}


def test_a_failed_check_is_seen_to_hold_its_indicator_and_leaves_no_failing_rows(small: SmallDistrict) -> None:
    publish(small.home, small.ledger, as_of=AS_OF, run_id="run1", manifest_path=small.manifest_path)
    small.build("UPDATE marts.fct_indicator_observation SET value = 140 WHERE indicator_code = 'S15'")
    before = files(small.home)
    assert [(hold.indicator_code, hold.cause) for hold in look(small).report.held] == [("S15", "check")]
    assert files(small.home) == before


def test_the_command_says_it(small: SmallDistrict) -> None:
    result = CliRunner().invoke(app, ["publish", "preview", "--as-of", str(AS_OF)])
    assert result.exit_code == 0, result.output
    assert "尚未发布" in result.stdout
    assert "parking.prk_snapshot：新增 150 行" in result.stdout
    result = CliRunner().invoke(app, ["publish", "preview", "--as-of", str(AS_OF), "--json"])
    assert json.loads(result.stdout)["report"]["new_figures"] == 11
    assert CliRunner().invoke(app, ["publish", "preview", "--reason", "S14:why"]).exit_code == 2
