"""The whole dbt project on a small district: every figure is confirmed by its proof."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.dbt.build import build
from tests.dbt.lake import Lake
from tests.dbt.proofs import proven_figures
from tests.dbt.small_lake import fill
from warehouse.home import Home

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("dbt_figures")]  # one build for all of them


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the small district, built and tested."""
    home = Home(tmp_path_factory.mktemp("figures")).prepare()
    fill(Lake(home))
    build(home, tests=["test"])
    return home


def _rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_every_figure_is_confirmed_by_its_proof(built: Home) -> None:
    where = (
        "area_code in ('310105', '310105001', '310105102') and period_end > date '2023-04-01' or period_type = 'year'"
    )
    figures = proven_figures(built.build_database, where)

    assert [figure for figure in figures if not figure.agrees] == []
    # A figure that leaves out a delivery it was counted from cannot say why it changed when that one is corrected.
    assert [figure for figure in figures if figure.unnamed] == []
    delivered = {
        key for (key,) in _rows(built.build_database, "select distinct feed || '.' || entity from ledger.batch")
    }
    definitions = _rows(built.build_database, "select indicator_code, entities from marts.dim_indicator")
    fed = {code for code, entities in definitions if entities and delivered >= set(entities)}
    assert {figure.indicator_code for figure in figures} == fed
    # The plan's headline indicators without a definition are there, and have no figure.
    assert {code for code, entities in definitions if not entities} == {"N01", "N02", "N03", "N04"}


def test_figures_carry_their_definition_and_their_batches(built: Home) -> None:
    unfounded = _rows(
        built.build_database,
        """
        select indicator_code, period_start from marts.fct_indicator_observation as figure
        left join marts.dim_indicator using (indicator_code, definition_version)
        where proof is null or (numerator > 0 and len(batch_ids) = 0)
        """,
    )
    unknown = _rows(
        built.build_database,
        """
        select distinct batch_id from (select unnest(batch_ids) as batch_id from marts.fct_indicator_observation)
        where batch_id not in (select batch_id from ledger.batch where status = 'admitted')
        """,
    )
    assert (unfounded, unknown) == ([], [])


def test_no_period_after_the_as_of_day_and_none_before_the_plan_for_stocks(built: Home) -> None:
    last, first = _rows(
        built.build_database,
        "select max(period_end), min(period_start) from marts.fct_indicator_observation",
    )[0]
    assert (last, first) == (date(2023, 6, 30), date(2021, 1, 1))


def test_unit_tests_hold_and_what_was_never_delivered_has_no_figures(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    Lake(home).export()
    build(home, tests=["unit_test"])
    assert _rows(home.build_database, "select count(*) from marts.fct_indicator_observation") == [(0,)]
    definitions = _rows(
        home.build_database, "select count(*), count(proof) from marts.dim_indicator where len(entities) > 0"
    )[0]
    assert definitions[0] == definitions[1] > 40
