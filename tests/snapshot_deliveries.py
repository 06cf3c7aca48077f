"""What was delivered for the invented snapshot: feeds, batches, their freshness, checks, and rows that failed.

Belongs here: rows of the public tables about deliveries. Does not belong here: indicators and figures
(`snapshot_fixture.py`), tests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from warehouse.calendar import due_at, periods

AS_OF = date(2023, 6, 30)
DEPARTMENTS = (
    ("construction_commission", "区建管委", "Construction and Management Commission"),
    ("health_commission", "区卫健委", "Health Commission"),
    ("education_bureau", "区教育局", "Education Bureau"),
    ("commerce_commission", "区商务委", "Commerce Commission"),
    ("science_commission", "区科委", "Science and Technology Commission"),
)

# feed, entity, zh, en, department, cadence, freshness state
ENTITIES = (
    ("parking", "prk_lot", "停车场登记", "Car park register", "construction_commission", "weekly", "on_time"),
    ("parking", "prk_snapshot", "余位上传", "Space snapshots", "construction_commission", "daily", "late"),
    ("parking", "prk_event", "进出事件", "Entries and exits", "construction_commission", "hourly", "on_time"),
    ("hospital_interconnect", "hsp_org", "医疗机构", "Institutions", "health_commission", "daily", "on_time"),
    ("hospital_interconnect", "hsp_report", "检查检验报告", "Reports", "health_commission", "daily", "on_time"),
    (
        "hospital_interconnect",
        "hsp_daily_ledger",
        "每日应报台账",
        "Daily ledger",
        "health_commission",
        "daily",
        "missing",
    ),
    ("education_base", "edu_org", "学校（机构）", "Schools", "education_bureau", "daily", "on_time"),
    ("education_base", "edu_account", "师生账号", "Accounts", "education_bureau", "daily", "on_time"),
    ("education_base", "edu_app", "应用目录", "Apps", "education_bureau", "weekly", "not_due"),
    ("ecommerce_gmv", "ecm_platform", "电商平台名录", "Platforms", "commerce_commission", "monthly", "on_time"),
    ("ecommerce_gmv", "ecm_return", "交易额月报", "Monthly returns", "commerce_commission", "monthly", "on_time"),
    ("ecommerce_gmv", "ecm_city_total", "全市交易额", "City totals", "commerce_commission", "monthly", "not_delivered"),
)
FEED_LABELS = {
    "parking": ("公共停车", "Public parking", "life"),
    "hospital_interconnect": ("医疗互联互通", "Hospital interconnection", "life"),
    "education_base": ("教育数字基座", "Education digital base", "life"),
    "ecommerce_gmv": ("电商交易", "E-commerce", "economy"),
}
FIELDS = {
    "parking.prk_lot": (
        ("upload_interval_minutes", "余位上传间隔", "Upload interval"),
        ("networked_on", "联网日期", "Networked on"),
        ("lot_name", "停车场名称", "Name"),
    )
}


def treatments() -> Iterator[dict[str, Any]]:
    for code, column, treatment, rows, place, zh, en in (
        ("date_format", "networked_on", "repaired", 3, "prk_lot.xlsx / 停车场登记 / 7",
         "「联网日期」日期写法与约定不同，已识别", "Networked on: dates in another form, read"),
        ("extra_column", "", "flagged", 0, "prk_lot.xlsx",
         "多出合同没有的列：备注", "a column that the contract lacks: 备注"),
    ):  # fmt: skip
        yield {
            "batch_id": batch_id("parking.prk_lot", 3),
            "code": code,
            "column_name": column,
            "treatment": treatment,
            "rows": rows,
            "example": place,
            "text_zh": zh,
            "text_en": en,
        }


def waiting_rows() -> Iterator[dict[str, Any]]:
    for key, day, rows, state in (("310105P0990", 29, 12, "waiting"), ("310105P0991", 21, 4, "unresolved")):
        yield {
            "feed": "parking",
            "entity": "prk_snapshot",
            "column_name": "lot_code",
            "waits_for": "prk_lot",
            "key_value": key,
            "dt": date(2023, 6, day),
            "batch_id": batch_id("parking.prk_snapshot", 3),
            "row_count": rows,
            "came_at": datetime(2023, 6, day, 22),
            "state": state,
        }


def feeds() -> Iterator[dict[str, Any]]:
    due = {
        "hourly": ("每小时报送", "every hour"),
        "daily": ("每日，次日 06:00 前", "daily, by 06:00 of the next day"),
        "weekly": ("每周，周末后 1 日内", "weekly, within a day"),
        "monthly": ("每月，次月第 10 个工作日前", "monthly, by the 10th working day"),
    }
    for feed, entity, zh, en, department, cadence, state in ENTITIES:
        yield {
            "feed": feed,
            "entity": entity,
            "feed_label_zh": FEED_LABELS[feed][0],
            "feed_label_en": FEED_LABELS[feed][1],
            "label_zh": zh,
            "label_en": en,
            "domain": FEED_LABELS[feed][2],
            "department_code": department,
            "owner": "数据管理科",
            "cadence": cadence,
            "due_text_zh": due[cadence][0],
            "due_text_en": due[cadence][1],
            "calendar": json.dumps({"cadence": cadence}),
            "history": "event",
            "fields": json.dumps(
                [{"name": name, "label_zh": zh, "label_en": en} for name, zh, en in FIELDS.get(f"{feed}.{entity}", ())]
            ),
            "contract_version": "1.0.0",
            "contract_sha256": "0" * 64,
            "delivered": state != "not_delivered",
            "simulated": True,
        }


def batch_id(entity_key: str, index: int) -> str:
    return f"b{entity_key.split('.')[1]}{index:02d}"


def batches() -> Iterator[dict[str, Any]]:
    for feed, entity, _, _, _, _, state in ENTITIES:
        if state == "not_delivered":
            continue
        for index in (1, 2, 3):
            held = entity == "prk_event" and index == 3
            yield {
                "batch_id": batch_id(f"{feed}.{entity}", index),
                "feed": feed,
                "entity": entity,
                "source": f"{feed}/outbox",
                "delivery_mode": "files",
                "file_name": f"{entity}_2023062{index}.csv",
                "sha256": f"{abs(hash_of(entity)) % 16**12:012x}{index:052d}",
                "bytes": 40_960 * index,
                "files": 1,
                "encoding_detected": "GB18030",
                "received_at": datetime(2023, 6, 27 + index, 22, 10),
                "landed_at": datetime(2023, 6, 27 + index, 22, 11),
                "decided_at": datetime(2023, 6, 27 + index, 22, 12),
                "period_start": date(2023, 6, 26 + index),
                "period_end": date(2023, 6, 26 + index),
                "mode": "delta",
                "rows_read": 125,
                "rows_admitted": 0 if held else 120,
                "rows_rejected": 0 if held else 5,
                "status": "held" if held else "admitted",
                "reason_zh": "文件不完整：声明 500 行，实读 125 行，请重新报送" if held else None,
                "reason_en": "file is truncated: 500 rows declared, 125 read; send it again" if held else None,
                "contract_version": "1.0.0",
                "contract_sha256": "0" * 64,
                "simulated": True,
                "run_id": "run-1",
            }


def hash_of(text: str) -> int:
    """A number that follows from a text, the same in every process."""
    return int.from_bytes(text.encode(), "big")


def freshness(as_of: date) -> Iterator[dict[str, Any]]:
    for feed, entity, _, _, _, cadence, state in ENTITIES:
        delivered = state != "not_delivered"
        behind = {"late": 2, "missing": 30}.get(state, 0)
        yield {
            "feed": feed,
            "entity": entity,
            "as_of": as_of,
            "last_batch_id": batch_id(f"{feed}.{entity}", 3) if delivered else None,
            "last_received_at": datetime(2023, 6, 30, 22, 10) if delivered else None,
            "data_period_start": date(2023, 6, 1) if delivered else None,
            "data_period_end": date(2023, 5, 31)
            if cadence == "monthly"
            else as_of - timedelta(days=behind)
            if delivered
            else None,
            "expected_period_end": None
            if not delivered
            else date(2023, 5, 31)
            if cadence == "monthly"
            else as_of
            if state != "not_due"
            else None,
            "due_at": datetime(2023, 6, 30, 22, 0),
            "state": state,
            "days_late": behind,
        }


def expected_batches() -> Iterator[dict[str, Any]]:
    """A half-year of expected batches: punctual, but for what the newest state says and one old delay."""
    for feed, entity, _, _, _, cadence, state in ENTITIES:
        if state == "not_delivered":
            continue
        rhythm = "daily" if cadence == "hourly" else cadence
        found = periods(rhythm, date(2023, 1, 1), AS_OF)  # type: ignore[arg-type]
        for place, period in enumerate(found, start=1):
            newest = place == len(found)
            now = state if newest else "late" if place == len(found) - 4 else "on_time"
            there = not newest or now == "on_time"
            yield {
                "feed": feed,
                "entity": entity,
                "period_start": period.start,
                "period_end": period.end,
                "due_at": due_at({"due_days": 1}, period.end, "Asia/Shanghai"),
                "state": now,
                "days_late": 2 if now == "late" else 0,
                "batch_id": batch_id(f"{feed}.{entity}", 3) if there else None,
                "delivered_at": datetime.combine(period.end, datetime.min.time()) if there else None,
            }


def checks() -> Iterator[dict[str, Any]]:
    dimensions = ("完整性", "准确性", "一致性", "规范性", "时效性")
    for position, (feed, entity, zh, en, _, _, state) in enumerate(ENTITIES):
        if state == "not_delivered":
            continue
        outcomes = {"prk_event": "FAILED", "hsp_report": "WARN", "ecm_return": "NOT_EVALUATED"}
        for number, outcome in enumerate(("PASSED", outcomes.get(entity, "PASSED"))):
            yield {
                "check_result_id": f"c-{entity}-{number}",
                "scope": "feed",
                "feed": feed,
                "entity": entity,
                "batch_id": batch_id(f"{feed}.{entity}", 3),
                "check_key": f"{entity}__check_{number}",
                "column_name": None,
                "name_zh": f"{zh}检查 {number + 1}",
                "name_en": f"{en} check {number + 1}",
                "dimension": dimensions[(position + number) % 5],
                "severity": "error" if outcome in ("PASSED", "FAILED") else "warning",
                "blocking": outcome == "FAILED",
                "owner": "数据管理科",
                "outcome": outcome,
                "measured": None if outcome == "NOT_EVALUATED" else float(3 * number),
                "threshold": "= 0",
                "failed_rows": 3 if outcome in ("FAILED", "WARN") else 0,
                "reason": "口径要求每行可追溯",
                "errors": "列不存在" if outcome == "NOT_EVALUATED" else None,
                "evaluated_at": datetime(2023, 6, 30, 22, 12),
                "run_id": "run-1",
            }
    yield {
        "check_result_id": "c-published-1",
        "scope": "published",
        "entity": "fct_indicator_observation",
        "indicator_code": "S17",
        "check_key": "subdistricts_sum_to_district",
        "name_zh": "街镇合计等于全区",
        "name_en": "Subdistricts sum to the district",
        "dimension": "一致性",
        "severity": "error",
        "blocking": True,
        "owner": "指标管理",
        "outcome": "FAILED",
        "measured": 1.0,
        "threshold": "= 0",
        "failed_rows": 1,
        "reason": "可加指标的街镇之和应等于全区",
        "evaluated_at": datetime(2023, 7, 1, 0, 4),
        "run_id": "run-1",
    }


def failed_rows() -> Iterator[dict[str, Any]]:
    for feed, entity, key, count in (
        ("parking", "prk_event", "prk_event__check_1", 3),
        ("hospital_interconnect", "hsp_report", "hsp_report__check_1", 3),
        ("parking", "prk_snapshot", "reject.out_of_range", 5),
    ):
        for sample in range(1, count + 1):
            yield {
                "check_key": key,
                "batch_id": batch_id(f"{feed}.{entity}", 3),
                "feed": feed,
                "entity": entity,
                "sample_number": sample,
                "file_name": f"{entity}_20230623.csv",
                "sheet": None,
                "row_number": 10 + sample,
                "reason_zh": "剩余泊位大于总泊位",
                "reason_en": "more free spaces than spaces",
                "values_json": json.dumps(
                    {"lot_code": f"P{sample:03d}", "free_spaces": 210, "plate": "***"}, ensure_ascii=False
                ),
            }
