"""The whole demonstration district on the report's day: every printed figure, and every figure proved.

The printed figures stand in a file beside the project, which is not always there; what does not need it runs without.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.district_command import AS_OF, district
from warehouse.home import REPOSITORY, Home
from warehouse.ledger import Ledger
from warehouse.provenance.trace import trace
from warehouse.provenance.verify import verify
from warehouse.read import SnapshotReader
from warehouse.report import controls
from warehouse.report.numbers import same

pytestmark = [
    pytest.mark.integration,
    pytest.mark.xdist_group("demonstration"),  # one worker makes the whole district once
    pytest.mark.timeout(3600),
]

PRINTED = REPOSITORY.parent / "shared" / "reference" / "report-figures.csv"
# The report rounds these in words ("about", "over", "nearly", "a quarter"): the decimals that it does print.
ROUNDED = {"S15": 0, "S22": 0}


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home after `make demo`."""
    home = tmp_path_factory.mktemp("demonstration")
    made = district(home, "simulate", "--out", str(home / "departments"))
    assert made.returncode == 0, made.stderr
    ended = district(home, "run", "--as-of", AS_OF)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return home


@pytest.fixture(scope="module")
def figures(demonstration: Path) -> dict[str, dict[str, Any]]:
    """What `district status --json` says, by indicator."""
    answer = district(demonstration, "status", "--json", "--as-of", AS_OF)
    assert answer.returncode == 0, answer.stderr
    return {row["indicator_code"]: row for row in json.loads(answer.stdout)}


def printed() -> Iterator[dict[str, str]]:
    with PRINTED.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


@pytest.mark.skipif(not PRINTED.is_file(), reason="the report's figures are not beside the project")
def test_every_printed_figure_comes_out_of_rows(figures: dict[str, dict[str, Any]]) -> None:
    wrong = []
    for row in printed():
        if not row["value"]:
            continue
        wanted = Decimal(row["value"])
        places = ROUNDED.get(row["code"], max(0, -int(wanted.as_tuple().exponent)))
        value = figures.get(row["code"], {}).get("value")
        found = None if value is None else Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if found != wanted:
            wrong.append((row["code"], wanted, value))

    assert wrong == []


@pytest.mark.skipif(not PRINTED.is_file(), reason="the report's figures are not beside the project")
def test_the_editable_report_carries_every_printed_figure(demonstration: Path) -> None:
    path = demonstration / "report.docx"
    made = district(demonstration, "report", "--as-of", AS_OF, "--out", str(path))
    assert made.returncode == 0, made.stderr
    tags = ((control.tag.split("|"), control.text) for control in controls.read(path.read_bytes(), path.name).controls)
    texts = {tag[0]: text for tag, text in tags if tag[1] == "value"}
    wrong = [
        (row["code"], row["value"], texts.get(row["code"]))
        for row in printed()
        if row["value"] and not _reads(texts.get(row["code"], ""), row["value"])
    ]

    assert wrong == []
    assert district(demonstration, "verify-report", str(path)).returncode == 0


def _reads(text: str, value: str) -> bool:
    """Whether the report's text is the printed value; which numbers are percentages is the definition's matter."""
    return same(text, f"{value}%" if text.endswith("%") else value)


@pytest.mark.skipif(not PRINTED.is_file(), reason="the report's figures are not beside the project")
def test_undefined_indicators_are_no_figures(figures: dict[str, dict[str, Any]]) -> None:
    undefined = [row["code"] for row in printed() if row["kind"] == "undefined"]

    assert undefined
    assert {(figures[code]["status"], figures[code]["value"]) for code in undefined} == {("undefined", None)}


def test_every_figure_is_recomputed_from_the_raw_layer(demonstration: Path) -> None:
    home = Home(demonstration)
    codes = [
        row["indicator_code"]
        for row in SnapshotReader(home).rows("""
        SELECT DISTINCT indicator_code FROM indicator_observation ORDER BY 1
    """)
    ]

    traces = {code: trace(home, code) for code in codes}

    assert len(codes) > 0
    assert [code for code, found in traces.items() if not found.agrees] == []
    assert [code for code, found in traces.items() if found.value and not found.batches] == []


def test_parts_by_subdistrict_sum_to_the_district(demonstration: Path) -> None:
    differing = SnapshotReader(Home(demonstration)).rows("""
        WITH part AS (
            SELECT o.indicator_code, o.period_type, o.period_start, o.period_end,
                   sum(o.value) FILTER (WHERE o.area_code <> s.district_code) AS parts,
                   any_value(o.value) FILTER (WHERE o.area_code = s.district_code) AS total
            FROM indicator_observation AS o JOIN indicator AS i USING (indicator_code) CROSS JOIN snapshot AS s
            WHERE i.additive GROUP BY ALL
        )
        SELECT * FROM part WHERE parts IS NOT NULL AND abs(parts - total) > 1e-6
    """)

    assert differing == []


def test_bytes_ledger_and_snapshot_agree(demonstration: Path) -> None:
    with Ledger.of(Home(demonstration)) as ledger:
        assert verify(Home(demonstration), ledger).findings == ()
