"""Rows for tests of the ledger and of what reads it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from warehouse.ledger import BatchEnvelope, BatchFile, CheckResult, FeedContract, NewRevision, NewSignOff

JUNE = (date(2023, 6, 1), date(2023, 6, 30))
RECEIVED = datetime(2023, 7, 3, 1, 30, tzinfo=UTC)


def envelope(batch_id: str, order: int = 1, **changed: Any) -> BatchEnvelope:
    values: dict[str, Any] = {
        "batch_id": batch_id,
        "feed": "parking",
        "entity": "prk_lot",
        "source": "register",
        "delivery_mode": "files",
        "delivery_key": "register",
        "file_name": f"{batch_id}.xlsx",
        "sha256": batch_id * 4,
        "bytes": 10,
        "received_at": RECEIVED,
        "landed_at": RECEIVED,
        "mode": "full",
        "batch_order": order,
        "contract_version": "1.0.0",
        "contract_sha256": "c" * 64,
        "run_id": "run1",
        "simulated": True,
        "period_start": JUNE[0],
        "period_end": JUNE[1],
    }
    return BatchEnvelope(**(values | changed))


def file(name: str = "lots.xlsx", **changed: Any) -> BatchFile:
    values: dict[str, Any] = {"file_name": name, "sha256": "f" * 64, "bytes": 10, "modified_at": RECEIVED}
    return BatchFile(**(values | changed))


def check_result(key: str = "rows_present", **changed: Any) -> CheckResult:
    values: dict[str, Any] = {
        "run_id": "run1",
        "scope": "feed",
        "feed": "parking",
        "entity": "prk_lot",
        "check_key": key,
        "name_zh": "行数",
        "name_en": "Rows",
        "dimension": "完整性",
        "severity": "error",
        "blocking": True,
        "outcome": "PASSED",
        "evaluated_at": RECEIVED,
        "measured": 120.0,
        "threshold": "≥ 60",
    }
    return CheckResult(**(values | changed))


def contract(entity: str = "prk_lot", **changed: Any) -> FeedContract:
    values: dict[str, Any] = {
        "feed": "parking",
        "entity": entity,
        "contract_sha256": "c" * 64,
        "contract_version": "1.0.0",
        "label_zh": "停车场登记",
        "label_en": "Car park register",
        "feed_label_zh": "公共停车",
        "feed_label_en": "Public parking",
        "domain": "life",
        "department_code": "construction_commission",
        "department_zh": "区建管委",
        "department_en": "Construction and Management Commission",
        "owner": "停车管理科",
        "history": "event",
        "time_zone": "Asia/Shanghai",
        "calendar": {"cadence": "monthly", "due_days": 5, "due_time": "18:00", "grace_days": 2, "exempt_months": []},
        "fields": [{"name": "lot_code", "label_zh": "停车场编号"}],
        "delivered": True,
        "simulated": True,
        "registered_at": RECEIVED,
    }
    return FeedContract(**(values | changed))


def revision(snapshot_id: str, value: float | None, **changed: Any) -> NewRevision:
    values: dict[str, Any] = {
        "indicator_code": "S14",
        "definition_version": 1,
        "period_type": "month",
        "period_start": JUNE[0],
        "period_end": JUNE[1],
        "area_code": "310105",
        "value": value,
        "numerator": value,
        "denominator": None,
        "previous_value": None,
        "snapshot_id": snapshot_id,
        "published_at": RECEIVED,
        "reason_class": "routine_recalculation",
        "reason": "首次发布",
    }
    return NewRevision(**(values | changed))


def sign_off(event: str, **changed: Any) -> NewSignOff:
    values: dict[str, Any] = {
        "event": event,
        "indicator_code": "S14",
        "period_type": "month",
        "period_start": JUNE[0],
        "period_end": JUNE[1],
        "area_code": "310105",
        "definition_version": 1,
        "value": 119.0,
        "numerator": 119.0,
        "denominator": None,
        "evidence_sha256": "a" * 64,
        "checks_sha256": "b" * 64,
        "digest": "c" * 64,
        "name": "王芳",
        "office": "信息科",
        "signed_at": RECEIVED,
        "snapshot_id": "s1",
    }
    return NewSignOff(**(values | changed))
