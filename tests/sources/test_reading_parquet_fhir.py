"""Parquet with its own types, and FHIR bundles with their references."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.sources.admission_case import admitted, entity, field, file_delivery


def parquet(**columns: pa.Array) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def test_native_types_are_kept_and_times_without_zone_are_local(tmp_path: Path) -> None:
    typed = entity(
        field("id"),
        field("n", "integer"),
        field("amount", "number", physical_type="decimal(10,2)"),
        field("moment", "timestamp"),
        field("instant", "timestamp"),
        field("day", "date"),
        field("yes", "boolean"),
        field("below", source_names=("nested.a",)),
    )
    body = parquet(
        id=pa.array([31198570044, 2]),
        n=pa.array([1.0, 2.5]),
        amount=pa.array([2.99, None]),
        moment=pa.array([datetime(2023, 6, 1, 8), None]),
        instant=pa.array([datetime(2023, 6, 1, 8, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
        day=pa.array([date(2023, 6, 1), None]),
        yes=pa.array([True, False]),
        nested=pa.array([{"a": 5}, None]),
    )
    case = admitted(tmp_path, typed, file_delivery("parquet"), body)
    assert case.rows("id, n, amount, moment, instant, day, yes, below, _row") == [
        (
            "31198570044",
            1,
            Decimal("2.99"),
            datetime(2023, 6, 1, 0),
            datetime(2023, 6, 1, 8),
            date(2023, 6, 1),
            True,
            "5",
            1,
        )
    ]
    assert case.rejects("_row, reason_code, field, value") == [(2, "unreadable_value", "n", "2.5")]


def test_expressions_see_text_also_of_native_columns(tmp_path: Path) -> None:
    derived = entity(field("id", expression="a || '-' || b"), field("a", "integer", source_names=("a",)))
    case = admitted(tmp_path, derived, file_delivery("parquet"), parquet(a=pa.array([1]), b=pa.array([2])))
    assert case.rows("id, a") == [("1-2", 1)]


def test_columns_called_like_ours(tmp_path: Path) -> None:
    named = entity(field("id", source_names=("_row",)), field("n", "integer", source_names=("file_index",)))
    body = parquet(_row=pa.array(["a"]), _source=pa.array([9]), file_index=pa.array([5]))
    assert admitted(tmp_path, named, file_delivery("parquet"), body).rows("id, n, _row") == [("a", 5, 1)]
    line = '{"_row": "a", "_source": 9, "file_index": 5}\n'
    assert admitted(tmp_path, named, file_delivery("ndjson"), line).rows("id, n, _row") == [("a", 5, 1)]


def test_files_with_other_types_make_one_batch(tmp_path: Path) -> None:
    two = entity(field("id"), field("n", "number"))
    first, second = parquet(id=pa.array([1]), n=pa.array([1])), parquet(n=pa.array(["2.5"]), id=pa.array(["b"]))
    assert admitted(tmp_path, two, file_delivery("parquet"), first, second).rows("_file, id, n") == [
        (0, "1", 1.0),
        (1, "b", 2.5),
    ]


def test_infinite_and_missing_numbers(tmp_path: Path) -> None:
    two = entity(field("id"), field("n", "number"))
    body = parquet(id=pa.array([1, 2, 3]), n=pa.array([float("inf"), float("nan"), None]))
    case = admitted(tmp_path, two, file_delivery("parquet"), body)
    assert case.rows("id, n") == [("2", None), ("3", None)]  # NaN is how pandas writes a missing number
    assert case.rejects() == [(1, "unreadable_value")]


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_cut_parquet_is_held(tmp_path: Path, cut: int) -> None:
    body = parquet(id=pa.array(list(range(100))))
    case = admitted(tmp_path, entity(field("id")), file_delivery("parquet"), body[:-cut])
    assert case.admission.status == "held"
    assert "Parquet" in (case.admission.reason_zh or "")


# --- FHIR --------------------------------------------------------------------------------------------------------

ORG = {"resourceType": "Organization", "id": "o1", "name": "长宁医院"}
ENCOUNTER = {"resourceType": "Encounter", "id": "e1", "serviceProvider": {"reference": "urn:uuid:o1"}}


def report(identity: str, **more: Any) -> dict[str, Any]:
    known = {
        "resourceType": "DiagnosticReport",
        "id": identity,
        "encounter": {"reference": "Encounter/e1"},
        "code": {"coding": [{"code": "58410-2"}]},
        "issued": "2016-12-27T22:28:27.453+00:00",
    }
    return {**known, **more}


def bundle(*resources: Any) -> str:
    entries = [{"fullUrl": f"urn:uuid:{item['id']}", "resource": item} for item in resources]
    return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}, ensure_ascii=False, indent=1)


REPORT = entity(
    field("id"),
    field("code", source_names=("code.coding[0].code",)),
    field("org", source_names=("encounter.resolve().serviceProvider.resolve().id",)),
    field("org_name", source_names=("encounter.resolve().serviceProvider.resolve().name",)),
    field("issued", "timestamp", source_names=("issued",)),
    field("encounter", expression="replace(\"encounter.reference\", 'Encounter/', '')"),
)
FHIR = file_delivery("fhir", resource_type="DiagnosticReport")


def test_references_are_followed_within_the_delivery(tmp_path: Path) -> None:
    case = admitted(
        tmp_path, REPORT, FHIR, bundle(ORG, ENCOUNTER, report("r1")), bundle(report("r2"), report("r3", encounter={}))
    )
    known = ("58410-2", "o1", "长宁医院", datetime(2016, 12, 27, 22, 28, 27, 453000))
    assert case.rows("id, code, org, org_name, issued, encounter, _row") == [
        ("r1", *known, "e1", 3),
        ("r2", *known, "e1", 1),
        ("r3", "58410-2", None, None, known[-1], None, 2),
    ]


def test_resource_that_repeats_across_bundles_is_one_row(tmp_path: Path) -> None:
    orgs = entity(field("id"), field("name"))
    case = admitted(
        tmp_path, orgs, file_delivery("fhir", resource_type="Organization"), bundle(ORG), bundle(ORG, report("r1"))
    )
    assert case.rows("id, name") == [("o1", "长宁医院")]
    assert case.rejects("_file, _row, reason_code") == [(1, 1, "duplicate_row")]


def test_ndjson_of_resources(tmp_path: Path) -> None:
    encounter = {**ENCOUNTER, "serviceProvider": {"reference": "Organization/o1"}}
    lines = [json.dumps(item) for item in (ORG, report("r1"), encounter)]
    case = admitted(tmp_path, REPORT, FHIR, "\n".join([*lines[:2], "{broken", lines[2]]) + "\n")
    assert case.rows("id, org, _row") == [("r1", "o1", 2)]
    assert case.rejects() == [(3, "broken_json")]


@pytest.mark.parametrize("body", [bundle(report("r1"))[:-5], "", "no json", "[1, 2"])
def test_cut_bundle_is_held(tmp_path: Path, body: str) -> None:
    case = admitted(tmp_path, REPORT, FHIR, bundle(ORG), body, names=["a.json", "b.json"])
    assert case.admission.status == "held"
    assert "b.json" in (case.admission.reason_zh or "")


def test_bundle_without_our_resources_is_an_empty_delta(tmp_path: Path) -> None:
    assert admitted(tmp_path, REPORT, FHIR, bundle(ORG)).admission.status == "admitted"
