"""A mended error of a provider is shown wherever a figure is traced to its batches."""

from __future__ import annotations

import json
from datetime import date

from tests.warehouse.small_district import AS_OF, SmallDistrict
from warehouse.home import Home
from warehouse.ledger import BatchCorrection, Ledger
from warehouse.provenance.trace import trace
from warehouse.publish import publish
from warehouse.read import SnapshotReader
from warehouse.read.corrections import known_errors


def met(outcome: str, **more: object) -> BatchCorrection:
    known: dict[str, object] = {
        "correction": "plate-of-p7",
        "outcome": outcome,
        "column_name": "free_spaces",
        "rows": 3,
        "file_name": "june.csv",
        "sheet": None,
        "row_number": 12,
        "expected": "-1",
        "corrected": "0",
        "status": "in_force",
        "reason_zh": "传感器默认值",
        "reason_en": "a default of the sensor",
        "who": "停车管理科",
        "since": date(2023, 1, 1),
        "until": None,
    }
    return BatchCorrection(**(known | more))  # type: ignore[arg-type]


def test_trace_names_the_mended_values_of_the_batches_it_counts(home: Home, ledger: Ledger) -> None:
    small = SmallDistrict(home, ledger)
    small.deliver_all()
    ledger.record_corrections("bjune", [met("applied"), met("mended", correction="other", rows=1)])
    small.build()
    publish(home, ledger, as_of=AS_OF, run_id="run", manifest_path=small.manifest_path, checks=())
    found = trace(home, "S15", "2023-06")
    assert found.agrees is True  # the raw layer carries the mended values, as the models saw them
    assert [(one.batch_id, one.correction, one.rows, one.expected, one.corrected) for one in found.corrections] == [
        ("bjune", "plate-of-p7", 3, "-1", "0")
    ]
    assert json.loads(found.to_json())["corrections"][0]["reason_zh"] == "传感器默认值"
    assert trace(home, "S14").corrections == ()  # another entity's batches
    shown = known_errors(SnapshotReader(home), ["bjune"])
    assert [(one.outcome, one.feed, one.entity) for one in shown] == [
        ("applied", "parking", "prk_snapshot"),
        ("mended", "parking", "prk_snapshot"),
    ]
