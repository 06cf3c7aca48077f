"""Each fault that reading and typing meet has its outcome: repaired and counted, rejected, or held, in plain words."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.sources.admission_case import admitted, file_delivery
from tests.sources.fault_deliveries import FAULTS, HEADED, LOTS, Fault, lines, text


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_the_fault_has_its_outcome(tmp_path: Path, fault: Fault) -> None:
    case = admitted(tmp_path, fault.of, fault.way, fault.body, names=[fault.name], **fault.envelope)
    admission = case.admission

    assert (admission.status, admission.reason_zh) == (fault.status, None) or fault.status == admission.status == "held"
    reasons = Counter(code for reason in admission.reject_reasons for code in [reason.reason_code] * reason.rows)
    if fault.status == "admitted":
        assert reasons == fault.rejected
    done = {(treated.code, treated.column_name): treated for treated in admission.treatments}
    # The label of the clean delivery states 万元: that is no fault but of one case.
    usual = {("unit_converted", "income")} - fault.treated.keys()
    if fault.status == "admitted":
        assert {key: treated.rows for key, treated in done.items() if key not in usual} == fault.treated
    if fault.example is not None:
        assert fault.example in {treated.example for treated in admission.treatments}
    if fault.admitted is not None:
        assert admission.rows_admitted == fault.admitted
    if fault.values:
        first = case.rows(", ".join(fault.values))[0]
        assert tuple(None if value is None else str(value) for value in first) == tuple(
            None if value is None else str(value) for value in fault.values.values()
        )
    said = [(reason.reason_zh, reason.reason_en) for reason in admission.reject_reasons]
    said += [(treated.text_zh, treated.text_en) for treated in admission.treatments]
    if admission.status == "held":
        said = [(admission.reason_zh or "", admission.reason_en or "")]
        # A reader who never saw the code: which file, and what to do.
        assert fault.name in said[0][0]
        assert fault.name in said[0][1]
        assert "请" in said[0][0]
    for zh, en in fault.says:
        assert any(zh in text for text, _ in said), said
        assert any(en in text for _, text in said), said


def test_a_clean_delivery_needs_nothing(tmp_path: Path) -> None:
    case = admitted(tmp_path, LOTS, file_delivery(), text(lines({}, header=HEADED)))
    assert (case.admission.status, case.admission.rows_rejected, case.admission.treatments) == ("admitted", 0, ())
