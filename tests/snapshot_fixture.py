"""A small published snapshot with invented but plausible rows, for tests of whatever reads snapshots.

`build_snapshot(home)` writes it through the real snapshot writer and status SQL and makes it current. It shows every
state a page must draw: all status words, all freshness states, a held batch, failing rows, revisions, a late feed.
The figures are invented here and serve tests alone.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from warehouse.calendar import due_at, periods
from warehouse.home import Home
from warehouse.publish import difference, expected, progress, quality_scores, snapshot_file, switch

FIGURES_FILE = Path(__file__).with_name("snapshot_figures.csv")
AS_OF = date(2023, 6, 30)
DISTRICT = "310105"
SUBDISTRICTS = (
    ("310105001", "华阳路街道", "Huayang Road"),
    ("310105002", "江苏路街道", "Jiangsu Road"),
    ("310105005", "周家桥街道", "Zhoujiaqiao"),
    ("310105006", "天山路街道", "Tianshan Road"),
    ("310105102", "新泾镇", "Xinjing"),
)
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


def _number(text: str) -> float | None:
    return float(text) if text else None


def _read_figures() -> Iterator[tuple[Any, ...]]:
    """Rows of `snapshot_figures.csv`; `figures` are those of the last months up to 2023-06, or years up to 2022."""
    with FIGURES_FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield (
                *(row[name] or None for name in ("code", "name_zh", "name_en", "domain", "tier", "unit_zh", "unit_en")),
                int(row["decimals"]),
                row["period_type"],
                row["entities"].split(),
                row["department"],
                _number(row["baseline"]),
                _number(row["target"]),
                [float(value) for value in row["figures"].split()],
            )


_FIGURES = tuple(_read_figures())
_HELD = {
    "S17": (
        "发布检查未通过：子区域合计与全区不符",
        "a check before publishing failed: subdistricts do not sum to the district",
    )
}
_PROVISIONAL = {"S15", "PRK03"}


FIELDS = {
    "parking.prk_lot": (
        ("upload_interval_minutes", "余位上传间隔", "Upload interval"),
        ("networked_on", "联网日期", "Networked on"),
        ("lot_name", "停车场名称", "Name"),
    )
}
_COLUMN_EDGES = (
    ("raw_parking.prk_lot", "upload_interval_minutes", "stg_parking__prk_lot", "upload_interval_minutes", "identity"),
    ("raw_parking.prk_lot", "networked_on", "stg_parking__prk_lot", "networked_on", "identity"),
    ("stg_parking__prk_lot", "upload_interval_minutes", "fct_s15", "intervals_due", "transformation"),
    ("stg_parking__prk_lot", "networked_on", "fct_s15", "", "filter"),
    ("fct_s15", "intervals_due", "ind_s15", "value", "aggregation"),
    ("ind_s15", "value", "indicator.S15", "value", "identity"),
)


def build_snapshot(home: Home, *, number: int = 1, as_of: date = AS_OF) -> Path:
    """Write the snapshot into `home` as the `number`-th publication and make it current; returns its path."""
    home.prepare()
    snapshot_id = f"s{number:05d}-{as_of:%Y%m%d}"
    aside = home.workspace / f"{snapshot_id}.duckdb"
    connection = snapshot_file.create(aside)
    published_at = datetime(2023, 7, 1, 0, 5) + timedelta(days=number - 1)
    rows = {
        "indicator": list(_indicators()),
        "indicator_observation": list(_observations()),
        "indicator_revision": list(_revisions(snapshot_id, published_at)),
        "indicator_evidence": list(_evidence()),
        "lineage_edge": [*_lineage(), *_column_lineage()],
        "lineage_column": list(_lineage_columns()),
        "feed": list(_feeds()),
        "batch": list(_batches()),
        "feed_freshness": list(_freshness(as_of)),
        "feed_freshness_history": [row | {"as_of": date(2021, 1, 1)} for row in _freshness(as_of)],
        "check_result": list(_checks()),
        "failed_row": list(_failed_rows()),
        "batch_treatment": list(_treatments()),
        "waiting_row": list(_waiting_rows()),
        "waiting_delivery": [
            {
                "feed": "parking",
                "entity": "prk_event",
                "delivery_key": "events:prk_event_{period}.csv",
                "file_name": "prk_event_20230630.csv",
                "waits_for": "prk_event_20230630.csv.md5",
                "received_at": datetime(2023, 6, 30, 22, 10),
                "period_start": date(2023, 6, 30),
                "period_end": date(2023, 6, 30),
            }
        ],
        "department": [dict(zip(("department_code", "name_zh", "name_en"), row, strict=True)) for row in DEPARTMENTS],
        "subdistrict": [dict(zip(("area_code", "name_zh", "name_en"), row, strict=True)) for row in SUBDISTRICTS],
        "publication": [
            {
                "snapshot_id": f"s{n:05d}-{as_of:%Y%m%d}",
                "number": n,
                "as_of": as_of,
                "published_at": datetime(2023, 7, 1, 0, 5) + timedelta(days=n - 1),
                "state": "published",
                "new_figures": 300 if n == 1 else 12,
                "revised_figures": n - 1,
            }
            for n in range(1, number + 1)
        ],
        "snapshot": [
            {
                "snapshot_id": snapshot_id,
                "number": number,
                "as_of": as_of,
                "published_at": published_at,
                "run_id": f"run-{number}",
                "code_version": "test",
                "district_code": DISTRICT,
                "district_zh": "长宁区",
                "district_en": "Changning District",
                "time_zone": "Asia/Shanghai",
                "plan_start": date(2021, 1, 1),
                "plan_end": date(2025, 12, 31),
                "simulated": True,
            }
        ],
    }
    for table, entries in rows.items():
        snapshot_file.insert(connection, table, entries)
    snapshot_file.insert(connection, "expected_batch", list(_expected()))
    for statement in (expected.TOTAL, expected.GAP):
        connection.execute(statement, {"as_of": as_of} if "$as_of" in statement else {})
    quality_scores.fill_quality_scores(connection, None)
    progress.fill_progress(connection, as_of)
    difference.mark_comparable(connection)
    snapshot_file.assert_keys(connection)
    snapshot_file.close_and_flush(connection, aside)
    path = switch.put_in_place(home, aside, snapshot_id)
    switch.switch_to(home, snapshot_id)
    return path


def _treatments() -> Iterator[dict[str, Any]]:
    for code, column, treatment, rows, place, zh, en in (
        ("date_format", "networked_on", "repaired", 3, "prk_lot.xlsx / 停车场登记 / 7",
         "「联网日期」日期写法与约定不同，已识别", "Networked on: dates in another form, read"),
        ("extra_column", "", "flagged", 0, "prk_lot.xlsx",
         "多出合同没有的列：备注", "a column that the contract lacks: 备注"),
    ):  # fmt: skip
        yield {
            "batch_id": _batch_id("parking.prk_lot", 3),
            "code": code,
            "column_name": column,
            "treatment": treatment,
            "rows": rows,
            "example": place,
            "text_zh": zh,
            "text_en": en,
        }


def _waiting_rows() -> Iterator[dict[str, Any]]:
    for key, day, rows, state in (("310105P0990", 29, 12, "waiting"), ("310105P0991", 21, 4, "unresolved")):
        yield {
            "feed": "parking",
            "entity": "prk_snapshot",
            "column_name": "lot_code",
            "waits_for": "prk_lot",
            "key_value": key,
            "dt": date(2023, 6, day),
            "batch_id": _batch_id("parking.prk_snapshot", 3),
            "row_count": rows,
            "came_at": datetime(2023, 6, day, 22),
            "state": state,
        }


def _indicators() -> Iterator[dict[str, Any]]:
    for (
        code,
        zh,
        en,
        domain,
        tier,
        unit_zh,
        unit_en,
        decimals,
        period,
        entities,
        department,
        baseline,
        target,
        _,
    ) in _FIGURES:
        held = _HELD.get(code, (None, None))
        yield {
            "indicator_code": code,
            "definition_version": 1,
            "name_zh": zh,
            "name_en": en,
            "domain": domain,
            "area": None,
            "tier": tier,
            "unit_zh": unit_zh,
            "unit_en": unit_en,
            "decimals": decimals,
            "direction": "neutral" if code == "PRK03" else "higher",
            "measure_basis": "ratio" if unit_zh == "%" else "flow" if code == "ECM01" else "stock",
            "period_type": period,
            "additive": unit_zh != "%",
            "ceiling": 100.0 if unit_zh == "%" else None,
            "integer_steps": unit_zh in ("家", "所", "个"),
            "binding": code in ("L01", "S11"),
            "baseline_value": baseline,
            "baseline_date": None if baseline is None else date(2020, 12, 31),
            "target_value": target,
            "target_date": None if target is None else date(2025, 12, 31),
            "target_source": "规划文本（示意）",
            "target_illustrative": target is not None,
            "department_code": department,
            "state": "undefined" if code == "N01" else "agreed",
            "milestones": [{"date": date(2023, 12, 31), "value": 90.0}] if code == "HSP01" else [],
            "definition_zh": f"{zh}：按月末时点统计，只计已入库批次。",
            "definition_en": f"{en}: as of the end of the period, admitted batches only.",
            "numerator_zh": "符合条件的数量",
            "denominator_zh": "应计数量" if unit_zh == "%" else None,
            "source": "长宁区全面推进城市数字化转型“十四五”规划",
            "model_name": f"ind_{code.lower()}",
            "sql_text": f"select count(*) as value\nfrom conformed.fct_{code.lower()}\nwhere valid",
            "proof": "select _batch_id, _row, 1 as numerator, null as denominator from raw",
            "feeds": sorted({e.split(".")[0] for e in entities}),
            "entities": entities,
            "held_reason_zh": held[0],
            "held_reason_en": held[1],
        }


def _observations() -> Iterator[dict[str, Any]]:
    for code, _, _, _, _, unit, _, _, period, entities, _, _, _, values in _FIGURES:
        last = 5 if len(values) == 5 else 6  # five figures: June is not in yet
        for index, value in enumerate(values):
            if period == "year":
                start, end = date(2021 + index, 1, 1), date(2021 + index, 12, 31)
            else:
                month = last - len(values) + index + 1
                start = date(2023, month, 1)
                end = date(2023, month + 1, 1) - timedelta(days=1)
            ratio = unit == "%"
            areas = [(DISTRICT, 1.0)]
            if entities and entities[0].split(".")[1] in ("prk_lot", "hsp_org", "edu_org", "edu_account"):
                areas += [
                    (area, share) for (area, _, _), share in zip(SUBDISTRICTS, (0.3, 0.25, 0.2, 0.15, 0.1), strict=True)
                ]
            for area, share in areas:
                denominator = 1000.0 * share if ratio else None
                numerator = value * 10.0 * share if ratio else float(round(value * share))
                yield {
                    "indicator_code": code,
                    "definition_version": 1,
                    "period_type": period,
                    "period_start": start,
                    "period_end": end,
                    "area_code": area,
                    "numerator": numerator,
                    "denominator": denominator,
                    "value": float(value) if ratio else numerator,
                    "coverage": 0.97 if code in _PROVISIONAL else 1.0,
                    "batch_ids": [_batch_id(entity, 1) for entity in entities],
                    "state": "held" if code in _HELD else "published",
                    "is_provisional": code in _PROVISIONAL and end == AS_OF,
                }


def _revisions(snapshot_id: str, published_at: datetime) -> Iterator[dict[str, Any]]:
    names = (
        "indicator_code",
        "definition_version",
        "period_type",
        "period_start",
        "period_end",
        "area_code",
        "value",
        "numerator",
        "denominator",
    )
    seq = 0
    for row in _observations():
        seq += 1
        figure = {name: row[name] for name in names} | {
            "snapshot_id": snapshot_id,
            "published_at": published_at,
            "seq": seq,
        }
        yield figure | {"revision_number": 1, "reason_class": "first_publication", "reason": "首次发布"}
        if row["indicator_code"] == "S15" and row["period_end"] == date(2023, 5, 31) and row["area_code"] == DISTRICT:
            seq += 1
            yield figure | {
                "revision_number": 2,
                "seq": seq,
                "value": 81.9,
                "previous_value": 81.4,
                "reason_class": "better_source",
                "reason": "补报批次 bprk_snapshot02 已入库",
                "published_at": published_at + timedelta(hours=1),
            }


def _evidence() -> Iterator[dict[str, Any]]:
    for row in _observations():
        key = {name: row[name] for name in ("indicator_code", "period_type", "period_start", "period_end", "area_code")}
        for batch_id in row["batch_ids"]:
            yield key | {"batch_id": batch_id, "rows": 120}


def _lineage() -> Iterator[dict[str, Any]]:
    departments = {code: (zh, en) for code, zh, en in DEPARTMENTS}
    edges: dict[tuple[str, str], dict[str, Any]] = {}

    def edge(*nodes: tuple[str, str, str, str]) -> None:
        for upper, lower in pairwise(nodes):
            edges[upper[0], lower[0]] = {
                "from_node": upper[0],
                "from_kind": upper[1],
                "from_label_zh": upper[2],
                "from_label_en": upper[3],
                "to_node": lower[0],
                "to_kind": lower[1],
                "to_label_zh": lower[2],
                "to_label_en": lower[3],
                "from_column": "",
                "to_column": "",
                "transformation": "",
            }

    for feed, entity, zh, en, department, _, _ in ENTITIES:
        label = FEED_LABELS[feed]
        upper = (f"department.{department}", "department", *departments[department])
        raw = (f"raw_{feed}.{entity}", "entity", zh, en)
        staging = (f"stg_{feed}__{entity}", "staging", f"{zh}（标准化）", f"{en} (staged)")
        edge(upper, (f"feed.{feed}", "feed", label[0], label[1]), raw, staging)
        for code, name_zh, name_en, *rest in _FIGURES:
            if f"{feed}.{entity}" in rest[6]:
                fact = (f"fct_{code.lower()}", "conformed", f"{name_zh}底表", f"{name_en} facts")
                model = (f"ind_{code.lower()}", "model", f"{name_zh}计算", f"{name_en} model")
                edge(staging, fact, model, (f"indicator.{code}", "indicator", name_zh, name_en))
    yield from edges.values()


def _column_lineage() -> Iterator[dict[str, Any]]:
    """The register of car parks into S15: one field goes in, the other chooses rows."""
    nodes = {
        "raw_parking.prk_lot": ("entity", "停车场登记", "Car parks"),
        "stg_parking__prk_lot": ("staging", "停车场登记（标准化）", "Car parks (staged)"),
        "fct_s15": ("conformed", "停车场库联网上传率底表", "Upload rate facts"),
        "ind_s15": ("model", "停车场库联网上传率计算", "Upload rate model"),
        "indicator.S15": ("indicator", "停车场库联网上传率", "Upload rate"),
    }
    for upper, from_column, lower, to_column, transformation in _COLUMN_EDGES:
        yield {
            **{f"from_{name}": text for name, text in zip(("kind", "label_zh", "label_en"), nodes[upper], strict=True)},
            **{f"to_{name}": text for name, text in zip(("kind", "label_zh", "label_en"), nodes[lower], strict=True)},
            "from_node": upper,
            "to_node": lower,
            "from_column": from_column,
            "to_column": to_column,
            "transformation": transformation,
        }


def _lineage_columns() -> Iterator[dict[str, Any]]:
    labels = {name: (zh, en) for name, zh, en in FIELDS["parking.prk_lot"]}
    places = {(edge[side], edge[side + 1]) for edge in _COLUMN_EDGES for side in (0, 2) if edge[side + 1]}
    for position, (node, column) in enumerate(sorted(places), start=1):
        zh, en = labels.get(column, (None, None))
        yield {"node": node, "column_name": column, "position": position, "label_zh": zh, "label_en": en}


def _feeds() -> Iterator[dict[str, Any]]:
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


def _batch_id(entity_key: str, index: int) -> str:
    return f"b{entity_key.split('.')[1]}{index:02d}"


def _batches() -> Iterator[dict[str, Any]]:
    for feed, entity, _, _, _, _, state in ENTITIES:
        if state == "not_delivered":
            continue
        for index in (1, 2, 3):
            held = entity == "prk_event" and index == 3
            yield {
                "batch_id": _batch_id(f"{feed}.{entity}", index),
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


def _freshness(as_of: date) -> Iterator[dict[str, Any]]:
    for feed, entity, _, _, _, cadence, state in ENTITIES:
        delivered = state != "not_delivered"
        behind = {"late": 2, "missing": 30}.get(state, 0)
        yield {
            "feed": feed,
            "entity": entity,
            "as_of": as_of,
            "last_batch_id": _batch_id(f"{feed}.{entity}", 3) if delivered else None,
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


def _expected() -> Iterator[dict[str, Any]]:
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
                "batch_id": _batch_id(f"{feed}.{entity}", 3) if there else None,
                "delivered_at": datetime.combine(period.end, datetime.min.time()) if there else None,
            }


def _checks() -> Iterator[dict[str, Any]]:
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
                "batch_id": _batch_id(f"{feed}.{entity}", 3),
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


def _failed_rows() -> Iterator[dict[str, Any]]:
    for feed, entity, key, count in (
        ("parking", "prk_event", "prk_event__check_1", 3),
        ("hospital_interconnect", "hsp_report", "hsp_report__check_1", 3),
        ("parking", "prk_snapshot", "reject.out_of_range", 5),
    ):
        for sample in range(1, count + 1):
            yield {
                "check_key": key,
                "batch_id": _batch_id(f"{feed}.{entity}", 3),
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
