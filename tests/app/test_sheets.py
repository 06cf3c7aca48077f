"""Files to download hold words of the reader's language and what their heads say, never a code of ours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.components import delivery_sheets, plan_sheets, sheets
from app.components.sheets import Offered
from app.queries import Published
from app.reading import Reading
from app.visit import Visit
from app.words import Words
from app.words.kinds import DIMENSIONS, METHODS, MODES, REASONS, TOTALS
from tests.snapshot_fixture import build_snapshot
from warehouse.home import Home
from warehouse.publish.trend import METHODS as TRENDS
from warehouse.read import SnapshotReader, feeds, indicator, plan
from warehouse.read.overview import overview, snapshot_info

pytestmark = pytest.mark.slow
CODES = {*DIMENSIONS, *METHODS, *MODES, *REASONS, *TOTALS}


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    home = Home(Path(tmp_path_factory.mktemp("home")))
    build_snapshot(home)
    reader = SnapshotReader(home)
    return Reading(Visit(Words("zh"), "light", debug=False), Published(reader), snapshot_info(reader))


def column(offered: Offered, head: str) -> Sequence[object]:
    made = offered[1]()
    assert made.rows
    return [row[head] for row in made.rows]


def test_no_file_has_our_codes(reading: Reading) -> None:
    rows = reading.ask(overview)
    revised = next(row for row in rows if reading.ask(indicator.revisions, row.indicator_code))
    definition = reading.ask(indicator.definition, revised.indicator_code)
    for offered in (
        delivery_sheets.batches(reading, reading.ask(feeds.batches)),
        plan_sheets.totals(reading, reading.ask(plan.totals)),
        plan_sheets.paces(reading, rows, reading.ask(plan.forecasts)),
        sheets.revisions(reading, definition, revised.status, reading.ask(indicator.revisions, revised.indicator_code)),
    ):
        cells = {cell for row in offered[1]().rows for cell in row.values()}
        assert not cells & CODES


def test_the_last_receipt_is_a_time_and_the_batch_its_id(reading: Reading) -> None:
    offered = delivery_sheets.deliveries(reading, reading.ask(feeds.freshness))
    words = reading.words
    times = [cell for cell in column(offered, words("column.last_batch")) if cell is not None]
    assert times
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", str(cell)) for cell in times)
    assert any(str(cell).startswith("b") for cell in column(offered, words("column.batch")))


def test_every_method_of_the_trend_has_a_word() -> None:
    assert set(METHODS) == set(TRENDS)
