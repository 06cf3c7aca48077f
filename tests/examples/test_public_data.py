"""Four public data sets through the whole platform by contract alone; answers computed independently of it.

The data is not part of this repository: DISTRICT_EXAMPLE_DATA names its folder, `../shared/data` beside the repository
is looked at as well. `docs/examples/README.md` says what is expected and why.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.district_command import district
from warehouse.home import REPOSITORY, Home
from warehouse.ledger import Batch, Ledger
from warehouse.read import SnapshotReader

DATA = Path(os.environ.get("DISTRICT_EXAMPLE_DATA") or REPOSITORY.parent / "shared" / "data")
EXAMPLES = REPOSITORY / "docs" / "examples"
FEEDS = {
    "parking": "birmingham_parking",
    "ecommerce_gmv": "orders_ecommerce",
    "hospital_interconnect": "fhir_hospital",
    "education_base": "oulad_education",
}
pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(1800),  # 1.5 million order lines and a whole build
    pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not here"),
    pytest.mark.xdist_group("public_data"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home that took in all four data sets in one run."""
    root = tmp_path_factory.mktemp("public")
    variables = {
        "DISTRICT_EXAMPLE_DATA": str(DATA),
        "DISTRICT_FEEDS": os.pathsep.join(str(EXAMPLES / folder) for folder in FEEDS.values()),
        "DISTRICT_VARS": json.dumps({"ecommerce_large_platform_yuan": 100_000}),
    }
    chosen = [argument for feed in FEEDS for argument in ("--feed", feed)]
    ended = district(root, "run", *chosen, "--as-of", "2023-06-30", variables=variables)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return Home(root)


def batch_of(home: Home, entity: str) -> Batch:
    with Ledger.of(home) as ledger:
        (batch,) = [batch for batch in ledger.batches() if batch.entity == entity]
    return batch


def observations(home: Home, code: str, period_type: str) -> Sequence[dict[str, Any]]:
    return SnapshotReader(home).rows(
        "SELECT * FROM indicator_observation WHERE indicator_code = ? AND period_type = ? AND area_code = '310105' "
        "ORDER BY period_start",
        [code, period_type],
    )


def test_birmingham_rows_are_accounted_for_with_reasons(home: Home) -> None:
    batch = batch_of(home, "prk_snapshot")
    with Ledger.of(home) as ledger:
        reasons = {reason.reason_code: reason.rows for reason in ledger.rejects(batch.batch_id)}

    assert (batch.rows_read, batch.rows_admitted, batch.rows_rejected) == (35_717, 35_116, 601)
    assert reasons == {"duplicate_row": 216, "free_within_total": 385}


def test_birmingham_occupancy_is_sum_over_sum(home: Home) -> None:
    days = observations(home, "PRK03", "day")

    assert len(days) == 73
    assert sum(day["numerator"] for day in days) / sum(day["denominator"] for day in days) == pytest.approx(
        0.458370, abs=5e-7
    )


def test_birmingham_car_parks_reporting_on_the_thinnest_day(home: Home) -> None:
    lots = {day["period_start"]: day["numerator"] for day in observations(home, "PRK01b", "day")}

    assert lots[date(2016, 10, 9)] == min(lots.values()) == 22
    assert max(lots.values()) == 29
    assert sum(lots.values()) / len(lots) == pytest.approx(27.233, abs=5e-4)
    assert date(2016, 10, 20) not in lots  # a day without data is missing, not zero


def test_orders_give_turnover_and_number_of_orders(home: Home) -> None:
    june = {row["period_start"]: row for row in observations(home, "ECM09", "month")}[date(2017, 6, 1)]

    assert june["numerator"] == pytest.approx(373_512.59, abs=0.005)
    assert june["denominator"] == 13_015


def test_platforms_above_the_configured_threshold(home: Home) -> None:
    years = {row["period_start"].year: row["value"] for row in observations(home, "ECM02", "year")}

    assert years[2017] == 2


def test_fhir_bundles_give_reports_studies_and_organisations(home: Home) -> None:
    assert batch_of(home, "hsp_report").rows_admitted == 45
    assert batch_of(home, "hsp_imaging_study").rows_admitted == 3
    organisations = batch_of(home, "hsp_org")
    assert (organisations.rows_read, organisations.rows_admitted) == (16, 15)


def test_oulad_gives_accounts_and_enrolments(home: Home) -> None:
    assert batch_of(home, "edu_account").rows_admitted == 12_400
    assert batch_of(home, "edu_enrollment").rows_admitted == 12_489


def test_what_cannot_be_computed_says_so_and_is_not_zero(home: Home) -> None:
    answer = district(home.root, "status", "--json")
    assert answer.returncode == 0, answer.stderr
    rows = {row["indicator_code"]: row for row in json.loads(answer.stdout)}

    for code in ("S14", "S22", "HSP01", "EDU03"):  # no register, no city total, no ledger, no rolls
        assert rows[code]["value"] is None, code
        assert rows[code]["status"] in {"missing", "undefined"}, code
