"""FHIR bundles: the known answers of the raw layer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.examples.conftest import Delivered

pytestmark = pytest.mark.slow


def test_resources_become_rows_with_their_institutions(delivered: Callable[[str, str], Delivered]) -> None:
    example = delivered("fhir_hospital", "hospital_interconnect")
    assert {batch.entity: (batch.status, batch.rows_read, batch.rows_admitted) for batch in example.report.batches} == {
        "hsp_org": ("admitted", 16, 15),
        "hsp_report": ("admitted", 45, 45),
        "hsp_imaging_study": ("admitted", 3, 3),
        "hsp_visit": ("admitted", 174, 174),
    }
    assert example.rejects("hsp_org") == {"duplicate_row": 1}
    known = {code for (code,) in example.raw("hsp_org", "SELECT org_code FROM raw")}
    for entity in ("hsp_report", "hsp_imaging_study", "hsp_visit"):
        assert {code for (code,) in example.raw(entity, "SELECT DISTINCT org_code FROM raw")} <= known


def test_patients_are_pseudonyms_that_match_across_entities(delivered: Callable[[str, str], Delivered]) -> None:
    example = delivered("fhir_hospital", "hospital_interconnect")
    reported = {who for (who,) in example.raw("hsp_report", "SELECT DISTINCT patient_hash FROM raw")}
    visiting = {who for (who,) in example.raw("hsp_visit", "SELECT DISTINCT patient_hash FROM raw")}
    assert len(visiting) == 14
    assert reported <= visiting
    assert all(len(who) == 64 for who in visiting)
