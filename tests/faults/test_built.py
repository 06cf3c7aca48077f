"""What only a build shows: parked rows, returns against orders, exits before entries; and the figures afterwards.

The four feeds are built once clean, once with faults of all kinds, and once more after the corrections.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from sources.reading.quoting import literal
from sources.simulator.fault_accounting import Observation, account, observe
from tests.dbt import build as dbt
from tests.faults.pulled_district import NOW, SINCE, SMALL, PulledTrial, main_feeds
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.publish.compare import RELATIVE_TOLERANCE
from warehouse.publish.reconciliation import run_reconciliations

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults"), pytest.mark.timeout(900)]
FROM_MODELS = ("F21", "F30", "F35")
_WATCHED = ("+fct_waiting_row", "+fct_parking_session", "+fct_ecommerce_return", "+fct_ecommerce_order")
# Of each feed the figures that rest on what faults are put into; all 96 would take three times as long.
_FIGURES = tuple(
    f"+ind_{code}__*"
    for code in (
        "ecm01",
        "ecm02",
        "ecm03",
        "ecm05",
        "ecm09",
        "s22",
        "edu05",
        "edu06",
        "hsp08b",
        "prk02",
        "prk03",
        "s14",
    )
)


def built(home: Home, *select: str) -> None:
    """Build the models, and keep what checks across deliveries say of them."""
    with Ledger.of(home) as ledger:
        ledger.export(home)
    dbt.build(home, *select)
    with Ledger.of(home) as ledger:
        ledger.add_check_results(run_reconciliations(home, run_id=f"built-{home.root.name}", evaluated_at=NOW).results)


def seen(home: Home) -> list[Observation]:
    return observe(home, list(main_feeds().values()), moment=NOW, since=SINCE)


@pytest.fixture(scope="module")
def both(trial: PulledTrial, tmp_path_factory: pytest.TempPathFactory) -> PulledTrial:
    """The trial in homes of its own, built; the others' stay without a build."""
    copy = trial.copied(tmp_path_factory.mktemp("built"))
    built(copy.clean, *_WATCHED, *_FIGURES)
    built(copy.faulty, *_WATCHED)
    return copy


def test_kinds_that_models_show_are_accounted_for(both: PulledTrial) -> None:
    accounts = account(both.manifest, seen(both.clean), seen(both.faulty), both.lost_rows(), background=SMALL)

    wrong = {kind: line.remarks for kind, line in accounts.lines.items() if not line.agrees}
    assert wrong == {}
    assert all(accounts.lines[kind].found for kind in FROM_MODELS)
    assert (accounts.stray_alarms, accounts.clean_alarms) == ([], [])


def test_figures_are_those_of_the_clean_deliveries_once_corrections_are_in(both: PulledTrial, tmp_path: Path) -> None:
    again = both.copied(tmp_path)
    again.correct()
    built(again.faulty, *_FIGURES)

    count, differing = differing_observations(both.clean.build_database, again.faulty.build_database)

    assert count > 100
    assert differing == []


def differing_observations(clean: Path, other: Path) -> tuple[int, list[tuple[object, ...]]]:
    """How many figures the first build has, and those that the second has otherwise, or that one of them lacks."""
    key = "indicator_code, period_type, period_start, period_end, area_code"
    with duckdb.connect(":memory:") as connection:
        for name, path in (("a", clean), ("b", other)):
            connection.execute(f"ATTACH {literal(str(path))} AS {name} (READ_ONLY)")
        tables = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'a' AND schema_name = 'indicators' ORDER BY 1"
        ).fetchall()
        for name in ("a", "b"):
            union = " UNION ALL BY NAME ".join(f"SELECT {key}, value FROM {name}.indicators.{t}" for (t,) in tables)
            connection.execute(f"CREATE TABLE figure_{name} AS {union}")
        (count,) = connection.execute("SELECT count(*) FROM figure_a").fetchall()[0]
        rows = connection.execute(
            f"""
            SELECT {key}, a.value, b.value FROM figure_a AS a FULL JOIN figure_b AS b USING ({key})
            WHERE (a.value IS NULL) <> (b.value IS NULL)
               OR abs(a.value - b.value) > {RELATIVE_TOLERANCE} * greatest(abs(a.value), abs(b.value))
            ORDER BY ALL LIMIT 20
            """
        ).fetchall()
    return int(count), rows
