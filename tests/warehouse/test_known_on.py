"""What was said on a day, and how a figure changed from publication to publication."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from orchestration.cli.main import app
from tests.warehouse.small_district import AS_OF, SmallDistrict
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.publish import publish
from warehouse.publish.recovery import rollback
from warehouse.read import NothingPublished, SnapshotReader
from warehouse.read.indicator import UnknownIndicator, series
from warehouse.read.publications import NothingKnown, known_on
from warehouse.read.revisions import revision_triangle

pytestmark = pytest.mark.slow


@pytest.fixture
def lived(home: Home, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> SmallDistrict:
    """82 % is published on 3 July, 90 % on 10 July (a batch came), withdrawn on 20 July, 80 % of May throughout."""
    small = SmallDistrict(home, ledger)
    small.deliver_all()
    # 17:30 UTC of the 2nd is the 3rd in the district.
    for moment, run in (("2023-07-02T17:30:00+00:00", "run1"), ("2023-07-10T02:00:00+00:00", "run2")):
        monkeypatch.setenv("DISTRICT_NOW", moment)
        if run == "run2":
            small.deliver_uploads("bjune2", 49, 50, day=AS_OF - timedelta(days=1))
        small.build()
        publish(home, ledger, as_of=AS_OF, run_id=run, manifest_path=small.manifest_path, checks=())
    monkeypatch.setenv("DISTRICT_NOW", "2023-07-20T02:00:00+00:00")
    rollback(home, ledger.snapshots()[0].snapshot_id, ledger=ledger, reason="重复上传")
    return small


def said(home: Home, day: date) -> float | None:
    return series(known_on(home, day), "S15")[-1].value


def test_each_day_has_what_was_said_then(lived: SmallDistrict) -> None:
    days = {day: said(lived.home, date(2023, 7, day)) for day in (3, 9, 10, 19, 20, 31)}
    assert days == {3: 82.0, 9: 82.0, 10: 90.0, 19: 90.0, 20: 82.0, 31: 82.0}
    with pytest.raises(NothingKnown, match="2023-07-03"):
        known_on(lived.home, date(2023, 7, 2))
    assert lived.ledger.audit().damages == ()


def test_nothing_is_known_in_an_empty_home(home: Home) -> None:
    with pytest.raises(NothingPublished):
        known_on(home, AS_OF)


def test_the_triangle_has_a_row_a_period_and_a_column_a_publication(lived: SmallDistrict) -> None:
    found = revision_triangle(known_on(lived.home, date(2023, 7, 12)), "S15")
    assert (found.period_type, found.area_code) == ("month", "310105")
    assert [column.published_at.isoformat() for column in found.columns] == [
        "2023-07-02T17:30:00",
        "2023-07-10T02:00:00",
    ]
    may, june = found.rows
    assert [cell and (cell.value, cell.is_new) for cell in may.cells] == [(80.0, True), (80.0, False)]
    assert [cell and (cell.value, cell.is_new) for cell in june.cells] == [(82.0, True), (90.0, True)]
    assert (may.revisions, june.revisions) == (0, 1)
    assert june.cells[1] is not None
    assert june.cells[1].reason_class == "better_source"
    assert "bjune2" in june.cells[1].reason


def test_a_period_not_yet_published_has_no_cell(lived: SmallDistrict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTRICT_NOW", "2023-08-03T02:00:00+00:00")
    lived.deliver_uploads("bjuly", 9, 10, day=date(2023, 7, 4))
    lived.build()
    publish(
        lived.home, lived.ledger, as_of=date(2023, 7, 31), run_id="run3", manifest_path=lived.manifest_path, checks=()
    )
    june, july = revision_triangle(SnapshotReader(lived.home), "S15").rows[1:]
    # Published, corrected, withdrawn, and the correction published again.
    assert [cell and cell.value for cell in june.cells] == [82.0, 90.0, 82.0, 90.0]
    assert [cell and cell.value for cell in july.cells] == [None, None, None, 90.0]
    assert july.cells[0] is None
    assert july.revisions == 0
    with pytest.raises(UnknownIndicator):
        revision_triangle(SnapshotReader(lived.home), "X99")
    assert revision_triangle(SnapshotReader(lived.home), "N01").rows == ()


def test_the_command_says_it(lived: SmallDistrict, monkeypatch: pytest.MonkeyPatch) -> None:
    def district(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, list(arguments))
        assert result.exit_code == code, result.output
        return result.stdout

    values = {}
    for day in ("2023-07-05", "2023-07-15", "2023-07-25"):
        rows = json.loads(district("status", "--json", "--known-on", day))
        values[day] = next(row["value"] for row in rows if row["indicator_code"] == "S15")
    assert values == {"2023-07-05": 82.0, "2023-07-15": 90.0, "2023-07-25": 82.0}
    assert "2023-07-15 当日所见" in district("status", "--known-on", "2023-07-15")
    district("status", "--known-on", "2020-01-01", code=2)
    printed = district("revisions", "S15", "--known-on", "2023-07-15")
    assert "90.0 *" in printed
    assert "better_source" in printed
    triangle = json.loads(district("revisions", "S15", "--json", "--known-on", "2023-07-15"))
    assert [cell["value"] for cell in triangle["rows"][1]["cells"]] == [82.0, 90.0]
    district("revisions", "X99", code=2)
    assert "链首" in district("verify")
    district("verify", "--continues", "0" * 63 + "1", code=1)
