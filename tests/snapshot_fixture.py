"""A small published snapshot with invented but plausible rows, for tests of whatever reads snapshots.

`build_snapshot(home)` writes it through the real snapshot writer and status SQL and makes it current. It shows every
state a page must draw: all status words, all freshness states, a held batch, failing rows, revisions, a late feed.
The figures are invented here and serve tests alone.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests import snapshot_deliveries as deliveries
from warehouse.home import Home
from warehouse.publish import difference, expected, progress, quality_scores, snapshot_file, switch

FIGURES_FILE = Path(__file__).with_name("snapshot_figures.csv")
DISTRICT = "310105"
SUBDISTRICTS = (
    ("310105001", "华阳路街道", "Huayang Road"),
    ("310105002", "江苏路街道", "Jiangsu Road"),
    ("310105005", "周家桥街道", "Zhoujiaqiao"),
    ("310105006", "天山路街道", "Tianshan Road"),
    ("310105102", "新泾镇", "Xinjing"),
)


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


_COLUMN_EDGES = (
    ("raw_parking.prk_lot", "upload_interval_minutes", "stg_parking__prk_lot", "upload_interval_minutes", "identity"),
    ("raw_parking.prk_lot", "networked_on", "stg_parking__prk_lot", "networked_on", "identity"),
    ("stg_parking__prk_lot", "upload_interval_minutes", "fct_s15", "intervals_due", "transformation"),
    ("stg_parking__prk_lot", "networked_on", "fct_s15", "", "filter"),
    ("fct_s15", "intervals_due", "ind_s15", "value", "aggregation"),
    ("ind_s15", "value", "indicator.S15", "value", "identity"),
)


def build_snapshot(home: Home, *, number: int = 1, as_of: date = deliveries.AS_OF) -> Path:
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
        "feed": list(deliveries.feeds()),
        "batch": list(deliveries.batches()),
        "feed_freshness": list(deliveries.freshness(as_of)),
        "feed_freshness_history": [row | {"as_of": date(2021, 1, 1)} for row in deliveries.freshness(as_of)],
        "check_result": list(deliveries.checks()),
        "failed_row": list(deliveries.failed_rows()),
        "batch_treatment": list(deliveries.treatments()),
        "waiting_row": list(deliveries.waiting_rows()),
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
        "department": [
            dict(zip(("department_code", "name_zh", "name_en"), row, strict=True)) for row in deliveries.DEPARTMENTS
        ],
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
    snapshot_file.insert(connection, "expected_batch", list(deliveries.expected_batches()))
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
                    "batch_ids": [deliveries.batch_id(entity, 1) for entity in entities],
                    "state": "held" if code in _HELD else "published",
                    "is_provisional": code in _PROVISIONAL and end == deliveries.AS_OF,
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
    departments = {code: (zh, en) for code, zh, en in deliveries.DEPARTMENTS}
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

    for feed, entity, zh, en, department, _, _ in deliveries.ENTITIES:
        label = deliveries.FEED_LABELS[feed]
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
    labels = {name: (zh, en) for name, zh, en in deliveries.FIELDS["parking.prk_lot"]}
    places = {(edge[side], edge[side + 1]) for edge in _COLUMN_EDGES for side in (0, 2) if edge[side + 1]}
    for position, (node, column) in enumerate(sorted(places), start=1):
        zh, en = labels.get(column, (None, None))
        yield {"node": node, "column_name": column, "position": position, "label_zh": zh, "label_en": en}
