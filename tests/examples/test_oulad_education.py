"""Open University students: the known answers of the raw layer."""

from __future__ import annotations

from collections.abc import Callable

from tests.examples.conftest import Delivered


def test_accounts_enrolments_and_classes(delivered: Callable[[str, str], Delivered]) -> None:
    example = delivered("oulad_education", "education_base")
    assert {batch.entity: (batch.status, batch.rows_read, batch.rows_admitted) for batch in example.report.batches} == {
        "edu_org": ("admitted", 12, 6),
        "edu_account": ("admitted", 12_489, 12_400),
        "edu_class": ("admitted", 12, 12),
        "edu_enrollment": ("admitted", 12_489, 12_489),
    }
    assert example.rejects("edu_account") == {"duplicate_row": 89}
    first = "SELECT begin_date::VARCHAR FROM raw WHERE class_id = 'AAA-2013J' AND account_id = '11391'"
    assert example.raw("edu_enrollment", first) == [("2013-04-25",)]  # 159 days before 1 October
