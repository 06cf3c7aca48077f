"""From a figure back to its rows."""

from __future__ import annotations

import json
from datetime import date

import pytest

from tests.warehouse.small_district import AS_OF, SmallDistrict
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.provenance.period import NamedPeriod, UnknownPeriod, parse_period
from warehouse.provenance.raw_views import referenced_entities
from warehouse.provenance.trace import trace
from warehouse.publish import publish
from warehouse.read import NothingPublished
from warehouse.read.indicator import UnknownIndicator

pytestmark = pytest.mark.slow


@pytest.fixture
def small(home: Home, ledger: Ledger) -> SmallDistrict:
    district = SmallDistrict(home, ledger)
    district.deliver_all()
    return district


def put_out(small: SmallDistrict, *spoil: str) -> None:
    small.build(*spoil)
    publish(small.home, small.ledger, as_of=AS_OF, run_id="run", manifest_path=small.manifest_path, checks=())


def test_a_percentage_is_recomputed_from_raw_rows(small: SmallDistrict) -> None:
    put_out(small)
    found = trace(small.home, "S15", "2023-06")
    assert (found.value, found.recomputed, found.agrees) == (82.0, 82.0, True)
    assert (found.recomputed_numerator, found.recomputed_denominator) == (41, 50)
    (batch,) = found.batches
    assert (batch.batch_id, batch.feed, batch.entity, batch.rows) == ("bjune", "parking", "prk_snapshot", 50)
    assert (small.home.landing / batch.sha256[:2] / batch.sha256).is_file()
    assert found.evidence_only == ()


@pytest.mark.parametrize(("area", "value"), [(None, 6), ("310105001", 3), ("310105102", 3)])
def test_a_count_by_area(small: SmallDistrict, area: str | None, value: int) -> None:
    put_out(small)
    found = trace(small.home, "S14", area=area)
    assert (found.value, found.recomputed, found.agrees, found.period_end) == (value, value, True, AS_OF)
    assert [batch.rows for batch in found.batches] == [value]


def test_a_count_of_nothing_is_a_true_zero(home: Home, ledger: Ledger) -> None:
    small = SmallDistrict(home, ledger)
    small.deliver_lots("blots", {"P1": date(2025, 1, 1), "P2": date(2025, 1, 1)}, day=AS_OF, order=1)
    put_out(small)
    found = trace(home, "S14")
    assert (found.value, found.recomputed, found.agrees, found.batches) == (0, 0, True, ())
    assert found.evidence_only == ("blots",)


def test_a_wrong_figure_does_not_agree(small: SmallDistrict) -> None:
    put_out(
        small,
        "UPDATE marts.fct_indicator_observation SET numerator = 42, value = 84 "
        "WHERE indicator_code = 'S15' AND period_end = '2023-06-30'",
    )
    found = trace(small.home, "S15")
    assert (found.value, found.recomputed, found.agrees) == (84.0, 82.0, False)


def test_rows_delivered_after_the_publication_are_not_seen(small: SmallDistrict) -> None:
    put_out(small)
    small.deliver_uploads("blate", 0, 50, day=date(2023, 6, 29))
    small.ledger.export(small.home)
    found = trace(small.home, "S15")
    assert (found.recomputed, found.agrees) == (82.0, True)


def test_superseded_rows_are_not_counted(small: SmallDistrict) -> None:
    small.deliver("prk_snapshot", "bjune2", [{"lot_code": "P", "in_time": True}], day=AS_OF, order=2, mode="full")
    assert {b.status for b in small.ledger.batches(batch_ids=["bjune"])} == {"superseded"}
    put_out(small)
    found = trace(small.home, "S15")
    assert (found.value, found.recomputed, [batch.batch_id for batch in found.batches]) == (100, 100, ["bjune2"])


def test_without_the_exported_ledger_it_is_exported_again(small: SmallDistrict) -> None:
    put_out(small)
    for file in small.home.ledger_views.glob("*.parquet"):
        file.unlink()
    assert trace(small.home, "S15").agrees is True


def test_json_has_what_the_command_promises(small: SmallDistrict) -> None:
    put_out(small)
    document = json.loads(trace(small.home, "S15").to_json())
    assert {"value", "recomputed", "agrees", "definition_version", "batches"} <= document.keys()
    assert set(document["batches"][0]) == {"batch_id", "feed", "entity", "sha256", "file_name", "rows"}
    assert document["period_start"] == "2023-06-01"
    assert document["tolerance"] == 1e-9


@pytest.mark.parametrize(
    ("period", "kind", "start"),
    [
        (None, "month", date(2023, 6, 1)),
        ("2023-06", "month", date(2023, 6, 1)),
        ("2023-06-01/2023-06-30", "month", date(2023, 6, 1)),
        ("2021-01-01/2023-06-30", "window", date(2021, 1, 1)),
    ],
)
def test_of_several_kinds_of_period_the_main_one_or_the_one_named(
    small: SmallDistrict, period: str | None, kind: str, start: date
) -> None:
    put_out(
        small,
        "INSERT INTO marts.fct_indicator_observation SELECT * REPLACE ('window' AS period_type, "
        "DATE '2021-01-01' AS period_start) FROM marts.fct_indicator_observation WHERE indicator_code = 'S15'",
    )
    found = trace(small.home, "S15", period)
    assert (found.period_type, found.period_start, found.period_end) == (kind, start, AS_OF)


def test_unknown_codes_periods_and_areas_are_named(small: SmallDistrict, home: Home) -> None:
    with pytest.raises(NothingPublished, match="district run"):
        trace(home, "S15")
    put_out(small)
    with pytest.raises(UnknownIndicator, match="S99"):
        trace(home, "S99")
    with pytest.raises(UnknownPeriod, match="2022-01"):
        trace(home, "S15", "2022-01")
    with pytest.raises(UnknownPeriod, match="310105999"):
        trace(home, "S14", area="310105999")
    with pytest.raises(UnknownPeriod):
        trace(home, "N01")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2023", date(2023, 1, 1), date(2023, 12, 31)),
        ("2023-Q2", date(2023, 4, 1), date(2023, 6, 30)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("202306", date(2023, 6, 1), date(2023, 6, 30)),
        ("2023-06-30", date(2023, 6, 30), date(2023, 6, 30)),
        ("2021-01-01/2023-06-30", date(2021, 1, 1), date(2023, 6, 30)),
    ],
)
def test_periods_as_people_type_them(text: str, start: date, end: date) -> None:
    assert parse_period(text) == NamedPeriod(start, end)


@pytest.mark.parametrize("text", ["", "june", "2023-13", "2023-Q5", "2023-06-31", "23"])
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(UnknownPeriod, match="2023-Q2"):
        parse_period(text)


def test_entities_named_by_a_proof() -> None:
    sql = "select * from raw_parking.prk_lot join raw_a_b.c using (x) -- raw_parking.prk_lot"
    assert referenced_entities(sql) == [("a_b", "c"), ("parking", "prk_lot")]


@pytest.mark.parametrize(
    ("sql", "entities"),
    [
        ("select * from raw_parking.prk_lot", [("parking", "prk_lot")]),
        ("from in_force.education_base__edu_app($period_end)", [("education_base", "edu_app")]),
        (
            "from in_force.parking__prk_lot($period_end) join raw_parking.prk_snapshot",
            [("parking", "prk_lot"), ("parking", "prk_snapshot")],
        ),
    ],
)
def test_a_proof_names_its_entities(sql: str, entities: list[tuple[str, str]]) -> None:
    assert referenced_entities(sql) == entities


def test_rows_in_force_are_those_of_the_last_whole_state(small: SmallDistrict) -> None:
    small.deliver_lots("blots2", {"P1": date(2020, 1, 1), "P9": date(2020, 1, 1)}, day=AS_OF, order=9)
    put_out(
        small,
        "UPDATE marts.dim_indicator SET proof = 'select _batch_id, _row, 1 as numerator, null as denominator "
        "from in_force.parking__prk_lot($period_end)' WHERE indicator_code = 'S14'",
    )
    found = trace(small.home, "S14")
    assert found.recomputed == 2
    assert [batch.batch_id for batch in found.batches] == ["blots2"]
