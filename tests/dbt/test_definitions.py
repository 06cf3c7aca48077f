"""What keeps definitions honest: generated lists, locks, complete definitions, a unit test for each indicator."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from dbt_project import definition_lock, working_day_exceptions
from sources.contract import dbt_sources
from tests.dbt.build import dbt
from tests.dbt.lake import Lake
from tests.dbt.small_lake import fill
from warehouse.home import REPOSITORY, Home
from warehouse.ledger.export import arrow_schema
from warehouse.ledger.schema.columns import metadata

pytestmark = pytest.mark.slow

PROJECT = REPOSITORY / "dbt_project"
STAGING = PROJECT / "models" / "staging"
_PARQUET_TYPES = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "int32": "INTEGER",
    "date32[day]": "DATE",
    "timestamp[us]": "TIMESTAMP",
    "bool": "BOOLEAN",
    "double": "DOUBLE",
}


def _documents() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in sorted((PROJECT / "models" / "indicators").rglob("ind_*.yml")):
        yield path.stem, yaml.safe_load(path.read_text(encoding="utf-8"))


def _definitions() -> Iterator[Mapping[str, Any]]:
    for _, document in _documents():
        yield document["models"][0]["config"]["meta"]["indicator"]


def _with_a_formula() -> list[tuple[str, Mapping[str, Any]]]:
    """All but those that are undefined or drafted without data: they have nothing to test."""
    return [
        (name, document)
        for (name, document), definition in zip(_documents(), _definitions(), strict=True)
        if definition["state"] not in ("undefined", "drafting") or definition["entities"]
    ]


def test_generated_files_are_current() -> None:
    assert working_day_exceptions.SEED.read_text(encoding="utf-8") == working_day_exceptions.render()
    assert dbt_sources.main(["--check"]) == 0


def test_declared_ledger_columns_are_those_of_the_ledger() -> None:
    document = yaml.safe_load((STAGING / "_ledger__sources.yml").read_text(encoding="utf-8"))
    declared = {
        table["name"]: {column["name"]: column["data_type"] for column in table["columns"]}
        for table in document["sources"][0]["tables"]
    }
    exported = {
        name: {field.name: _PARQUET_TYPES[str(field.type)] for field in arrow_schema(metadata.tables[name])}
        for name in declared
    }
    assert declared == exported


def test_every_formula_is_locked() -> None:
    assert [problem for formula in definition_lock.formulas() if (problem := formula.problem())] == []


@pytest.mark.parametrize(("name", "document"), _with_a_formula())
def test_each_indicator_has_a_telling_unit_test(name: str, document: Mapping[str, Any]) -> None:
    """Three rows or more and a NULL (or an unset field) among the inputs; a title that says which edges it tries."""
    tests = [test for test in document.get("unit_tests", ()) if test["model"] == name]
    inputs = [given for test in tests for given in test["given"] if given.get("format") != "sql"]
    rows = [row for given in inputs for row in given.get("rows", ())]
    assert len(rows) >= 3
    assert any(value is None for row in rows for value in row.values())
    assert all(test.get("description") for test in tests)
    assert any(test["expect"]["rows"] for test in tests)


def test_the_plan_has_four_headline_indicators_without_a_definition_one_a_domain() -> None:
    found = [one for one in _definitions() if one["tier"] == "headline" and not one["entities"]]
    assert [one["code"] for one in found if one["domain"] == "economy"] == ["N01"]
    assert sorted(one["code"] for one in found) == ["N01", "N02", "N03", "N04"]
    assert {one["state"] for one in found} <= {"undefined", "drafting"}
    for one in found:
        assert "示意" in one["source"]  # the report does not name them
        assert one["proof"] is one["target"]["value"] is one["baseline"]["value"] is one["unit_zh"] is None
        assert one["workflow"]["owner_zh"]
        assert one["workflow"]["next_on"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, to be spoiled."""
    return Path(shutil.copytree(PROJECT, tmp_path / "dbt_project", ignore=shutil.ignore_patterns("target", "logs")))


def _definition(project: Path, name: str) -> Path:
    return next((project / "models" / "indicators").rglob(f"{name}.yml"))


# A change without its bridge, as YAML; the test adds the rest.
_CHANGE = '{version: 2, from: "2023-04-01", zh: "更严", en: "stricter"'


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.integration
def test_a_build_refuses_incomplete_and_unlisted_indicators(project: Path, tmp_path: Path) -> None:
    _edit(_definition(project, "ind_l01__internet_hospitals"), 'direction: "higher"', 'direction: "upwards"')
    _edit(_definition(project, "ind_l02__benchmark_schools"), "          numerator_zh:", "          numerator_words:")
    undefined = _definition(project, "ind_n01__plan_indicator_15")
    _edit(undefined, '            owner_zh: "口径制定牵头部门（示意）"\n', "")
    _edit(undefined, 'next_on: "2023-09-30"', 'next_on: "autumn"')
    _edit(_definition(project, "ind_s06__education_units_connected"), "version: 1", "version: 2")
    changed = _definition(project, "ind_s14__car_parks_networked")
    _edit(changed, "version: 1", f"version: 2\n          changes: [{_CHANGE}, bridge: {{factor: 0, reason: x}}}}]")
    _edit(changed, "department_code:", "departments: [{code: a, since: 2021}]\n          department_code:")
    model = project / "models" / "indicators" / "life" / "ind_x01__new.sql"
    model.write_text("{{ same_figures_as('ind_l01__internet_hospitals') }}\n", encoding="utf-8")
    home = Home(tmp_path / "home").prepare()

    done = dbt(home, "run", select=["dim_month"], project=project)

    assert done.returncode != 0
    for place, words in (
        ("ind_l01__internet_hospitals.yml", "meta.indicator.direction"),
        ("ind_l02__benchmark_schools.yml", "meta.indicator.numerator_zh is missing"),
        ("ind_l02__benchmark_schools.yml", "unknown key meta.indicator.numerator_words"),
        ("ind_x01__new.yml", "meta.indicator.code is missing"),
        ("ind_n01__plan_indicator_15.yml", "meta.indicator.workflow.owner_zh is missing"),
        ("ind_n01__plan_indicator_15.yml", "meta.indicator.workflow.next_on 应为日期"),
        ("ind_s06__education_units_connected.yml", "must tell of the versions 2 to 2 in order"),
        ("ind_s14__car_parks_networked.yml", "must be null, or have a factor above zero and a reason"),
        ("ind_s14__car_parks_networked.yml", "unknown key meta.indicator.departments.since"),
        ("ind_x01__new.sql", "run python -m orchestration.indicator_models"),
    ):
        assert [line for line in done.stdout.splitlines() if place in line and words in line], (place, words)
    assert "ind_n02__plan_indicator_16" not in done.stdout  # complete without unit, formula and proof


@pytest.mark.integration
def test_figures_carry_the_version_that_holds_for_their_period(project: Path, tmp_path: Path) -> None:
    definition = _definition(project, "ind_l02__benchmark_schools")
    _edit(definition, "version: 1", f"version: 2\n          changes: [{_CHANGE}, bridge: null}}]")
    home = Home(tmp_path / "home").prepare()
    fill(Lake(home))

    kinds = ("--resource-type", "model", "--resource-type", "seed")
    models = ["+ind_l02__benchmark_schools", "dim_indicator"]
    done = dbt(home, "build", "--full-refresh", *kinds, select=models, project=project)

    assert done.returncode == 0, done.stdout
    with duckdb.connect(str(home.build_database), read_only=True) as connection:
        figures = connection.execute(
            "select definition_version, min(period_end), max(period_end) "
            "from indicators.ind_l02__benchmark_schools group by all order by all"
        ).fetchall()
        changes = connection.execute("select changes from marts.dim_indicator where indicator_code = 'L02'").fetchall()
    assert [(version, last) for version, _, last in figures] == [(1, date(2023, 3, 31)), (2, date(2023, 6, 30))]
    assert figures[1][1] == date(2023, 4, 30)
    (change,) = json.loads(changes[0][0])
    assert change == {"version": 2, "from": "2023-04-01", "zh": "更严", "en": "stricter", "bridge": None}


def _only(project: Path, name: str) -> definition_lock.Formula:
    return next(formula for formula in definition_lock.formulas(project) if formula.model.stem == name)


def test_a_changed_formula_needs_a_new_version_or_a_reason(project: Path) -> None:
    name = "ind_l01__internet_hospitals"
    model, definition = _definition(project, name).with_suffix(".sql"), _definition(project, name)
    _edit(model, "with period", "-- only words\nwith   period")
    _edit(definition, "target: {value: 8", "target: {value: 9")
    assert _only(project, name).problem() is None

    _edit(model, "<= period.period_end", "< period.period_end")
    problem = _only(project, name).problem()
    assert problem is not None
    assert "raise version to 2" in problem
    assert model.name in problem
    with pytest.raises(ValueError, match="raise version to 2"):
        _only(project, name).accept("stricter", same_figures=False)

    _edit(definition, "version: 1", "version: 2")
    _only(project, name).accept("stricter", same_figures=False)
    assert _only(project, name).problem() is None
    assert _only(project, name).lock.read_text(encoding="utf-8").splitlines()[-1].endswith(" stricter")


def test_an_indicator_needs_a_lock_once_it_is_no_longer_undefined(project: Path) -> None:
    name = "ind_n01__plan_indicator_15"
    assert _only(project, name).problem() is None
    _only(project, name).accept("nothing to lock", same_figures=False)
    assert not _only(project, name).lock.exists()

    _edit(_definition(project, name), 'state: "undefined"', 'state: "agreed"')
    problem = _only(project, name).problem()
    assert problem is not None
    assert "not locked yet" in problem
    _only(project, name).accept("first definition", same_figures=False)
    assert _only(project, name).problem() is None

    # Going back to undefined does not forget what version 1 meant.
    _edit(_definition(project, name), 'state: "agreed"', 'state: "undefined"')
    _edit(_definition(project, name), "definition_zh: null", 'definition_zh: "另一口径"')
    assert "raise version to 2" in str(_only(project, name).problem())


def test_a_threshold_is_part_of_the_formula(project: Path) -> None:
    name = "ind_s21__large_platforms"
    assert _only(project, name).problem() is None
    _edit(project / "dbt_project.yml", "ecommerce_large_platform_yuan: 100000000", "ecommerce_large_platform_yuan: 1")
    assert _only(project, name).problem() is not None


def test_a_reason_without_new_figures_keeps_the_version(project: Path) -> None:
    name = "ind_l01__internet_hospitals"
    _edit(_definition(project, name).with_suffix(".sql"), "with period as", "with  month as (select 1), period as")
    _only(project, name).accept("clearer", same_figures=True)
    assert _only(project, name).accepted() == (1, _only(project, name).sha256)
