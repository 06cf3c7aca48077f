"""A district of two entities and three indicators, with raw files, ledger, marts and manifest made by hand.

For tests of publishing, tracing and verifying without dbt: deliveries become Parquet and ledger rows as intake leaves
them, `build()` writes the marts by plain SQL as dbt would.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from tests.warehouse.ledger_rows import contract, envelope, file
from warehouse.fingerprint import files_sha256
from warehouse.home import Home
from warehouse.ledger import BatchEnvelope, CheckResult, Ledger
from warehouse.ledger.records import PartitionRows, RejectReason

AS_OF = date(2023, 6, 30)
DISTRICT = "310105"
SUBDISTRICTS = {"310105001": ("华阳路街道", "Huayang Road"), "310105102": ("新泾镇", "Xinjing")}

_LOT_FIELDS: list[dict[str, Any]] = [
    {"name": "lot_code", "label_zh": "停车场编号", "type": "string", "classification": "public", "key_position": 1},
    {"name": "subdistrict_code", "label_zh": "街镇", "type": "string", "classification": "public"},
    {"name": "networked_on", "label_zh": "联网日期", "type": "date", "classification": "internal"},
    {"name": "manager_phone", "label_zh": "电话", "type": "string", "classification": "confidential"},
]
_SNAPSHOT_FIELDS: list[dict[str, Any]] = [
    {"name": "lot_code", "label_zh": "停车场编号", "type": "string", "classification": "public", "key_position": 1},
    {"name": "in_time", "label_zh": "按时", "type": "boolean", "classification": "public"},
    {"name": "plate", "label_zh": "车牌", "type": "string", "protection": "pseudonymise"},
]
_LOT_PROOF = """
    SELECT _batch_id, _row, 1 AS numerator, CAST(NULL AS DOUBLE) AS denominator FROM raw_parking.prk_lot
    WHERE _batch_order = (SELECT max(_batch_order) FROM raw_parking.prk_lot) AND networked_on <= $period_end
      AND ($area_code = '310105' OR subdistrict_code = $area_code)
"""
_RATE_PROOF = """
    SELECT s._batch_id, s._row, CAST(s.in_time AS INTEGER) AS numerator, 1 AS denominator
    FROM raw_parking.prk_snapshot AS s WHERE s.dt BETWEEN $period_start AND $period_end
"""
_DEFINITIONS: tuple[dict[str, Any], ...] = (
    {
        "code": "S14",
        "name_zh": "公共停车场库联网数",
        "name_en": "Car parks networked",
        "unit_zh": "个",
        "unit_en": "car parks",
        "decimals": 0,
        "measure_basis": "stock",
        "additive": True,
        "integer_steps": True,
        "state": "agreed",
        "baseline_value": 0.0,
        "baseline_date": date(2020, 12, 31),
        "target_value": 10.0,
        "target_date": date(2025, 12, 31),
        "target_source": "示意",
        "target_illustrative": True,
        "entities": ["parking.prk_lot"],
        "proof": _LOT_PROOF,
        "ceiling": None,
        "definition_zh": "月末已联网的在册停车场数",
    },
    {
        "code": "S15",
        "name_zh": "停车场库联网上传率",
        "name_en": "Upload rate",
        "unit_zh": "%",
        "unit_en": "%",
        "decimals": 1,
        "measure_basis": "ratio",
        "additive": False,
        "integer_steps": False,
        "state": "agreed",
        "entities": ["parking.prk_lot", "parking.prk_snapshot"],
        "proof": _RATE_PROOF,
        "ceiling": 100.0,
        "definition_zh": "按时上传时段占应传时段",
    },
    {
        "code": "N01",
        "name_zh": "满意度",
        "name_en": "Satisfaction",
        "unit_zh": None,
        "unit_en": None,
        "decimals": 0,
        "measure_basis": "ratio",
        "additive": False,
        "integer_steps": False,
        "state": "undefined",
        "entities": [],
        "proof": None,
        "ceiling": None,
        "definition_zh": None,
    },
)
_OBSERVATION = """
    indicator_code VARCHAR, definition_version INTEGER, period_type VARCHAR, period_start DATE, period_end DATE,
    area_code VARCHAR, numerator DOUBLE, denominator DOUBLE, value DOUBLE, coverage DOUBLE, batch_ids VARCHAR[]
"""


class SmallDistrict:
    """See the module. `deliver` and `build` may be called again and again; nothing is published by itself."""

    def __init__(self, home: Home, ledger: Ledger, *, cadence: str = "daily") -> None:
        self.home = home
        self.ledger = ledger
        self.versions = {definition["code"]: 1 for definition in _DEFINITIONS}
        self.changes: dict[str, list[dict[str, Any]]] = {}  # code -> what its versions changed
        self.departments: dict[str, list[dict[str, Any]]] = {}  # code -> who answered when
        self.manifest_path = home.dbt_target / "manifest.json"
        calendar = {"cadence": "daily", "due_days": 1, "due_time": "06:00", "grace_days": 2}
        ledger.register_contract(
            [
                contract("prk_lot", history="register", fields=_LOT_FIELDS, calendar=calendar | {"cadence": "monthly"}),
                contract(
                    "prk_snapshot",
                    label_zh="余位上传",
                    fields=_SNAPSHOT_FIELDS,
                    calendar=calendar | {"cadence": cadence},
                ),
            ]
        )

    def deliver(
        self,
        entity: str,
        batch_id: str,
        rows: Sequence[Mapping[str, Any]],
        *,
        day: date,
        order: int = 1,
        checks: Sequence[CheckResult] = (),
        hold: str | None = None,
        rejects: Sequence[RejectReason] = (),
        hashed: bool = True,
        **changed: Any,
    ) -> None:
        """A batch about `day`, admitted or (with a reason) held, as intake leaves it: bytes, rows, ledger."""
        content = json.dumps([batch_id, list(rows)], default=str).encode()
        digest = hashlib.sha256(content).hexdigest()
        landed = self.home.landing / digest[:2] / digest
        landed.parent.mkdir(parents=True, exist_ok=True)
        landed.write_bytes(content)
        received = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=10)  # 18:00 of the district
        values: dict[str, Any] = {
            "entity": entity,
            "sha256": digest,
            "bytes": len(content),
            "period_start": day,
            "period_end": day,
            "mode": "full" if entity == "prk_lot" else "delta",
            "received_at": received,
            "generated_at": received,
        }
        batch: BatchEnvelope = envelope(batch_id, order, **(values | changed))
        self.ledger.record_landed(batch, [file(sha256=digest, bytes=len(content))])
        self.ledger.mark_parsed(batch_id, rows_read=len(rows))
        checks = [replace(check, batch_id=batch_id, entity=entity) for check in checks]
        target = self.home.raw / "parking" / entity if hold is None else self.home.held / batch_id
        folder = target / f"dt={day}" / f"batch={batch_id}"
        folder.mkdir(parents=True, exist_ok=True)
        fields = _LOT_FIELDS if entity == "prk_lot" else _SNAPSHOT_FIELDS
        types = {"string": pa.string(), "date": pa.date32(), "boolean": pa.bool_()}
        columns = {
            field["name"]: pa.array([row.get(field["name"]) for row in rows], types[field["type"]]) for field in fields
        }
        columns |= {
            "_batch_id": pa.array([batch_id] * len(rows), pa.string()),
            "_row": pa.array(range(1, len(rows) + 1), pa.int64()),
            "_received_at": pa.array([received.replace(tzinfo=None)] * len(rows), pa.timestamp("us")),
            "_generated_at": pa.array([received.replace(tzinfo=None)] * len(rows), pa.timestamp("us")),
            "_batch_order": pa.array([order] * len(rows), pa.int64()),
            "_deleted": pa.array([False] * len(rows), pa.bool_()),
        }
        part = folder / "part-0.parquet"
        pq.write_table(pa.table(columns), part, compression="zstd")
        partitions = [PartitionRows(day, len(rows), sha256=files_sha256([part]) if hashed else None)]
        if hold is not None:
            self.ledger.decide(batch_id, "held", reason_zh=hold, reason_en="held", checks=checks, partitions=partitions)
            return
        self.ledger.decide(
            batch_id,
            "admitted",
            rows_admitted=len(rows),
            rows_rejected=sum(reject.rows for reject in rejects),
            rejects=rejects,
            partitions=partitions,
            checks=checks,
        )

    def deliver_lots(self, batch_id: str, networked: Mapping[str, date], *, day: date, order: int) -> None:
        """A full register: lot code -> day it was networked; lots are spread over the two subdistricts."""
        areas = list(SUBDISTRICTS)
        rows = [
            {"lot_code": code, "subdistrict_code": areas[place % 2], "networked_on": on, "manager_phone": "13800000000"}
            for place, (code, on) in enumerate(sorted(networked.items()))
        ]
        self.deliver("prk_lot", batch_id, rows, day=day, order=order)

    def deliver_uploads(
        self, batch_id: str, in_time: int, total: int, *, day: date, order: int = 1, **more: Any
    ) -> None:
        """A day's uploads, of which `in_time` came in time."""
        rows = [{"lot_code": f"P{place}", "in_time": place < in_time, "plate": "0f3a"} for place in range(total)]
        self.deliver("prk_snapshot", batch_id, rows, day=day, order=order, **more)

    def deliver_all(self) -> None:
        """A register of six lots networked over three years, and uploads of two months."""
        networked = {f"P{place}": date(2021 + place // 2, 3, 10) for place in range(6)}
        self.deliver_lots("blots", networked, day=AS_OF, order=1)
        self.deliver_uploads("bmay", 80, 100, day=date(2023, 5, 15))
        self.deliver_uploads("bjune", 41, 50, day=AS_OF)

    def build(self, *extra: str) -> None:
        """Write marts and manifest from the admitted rows; `extra` statements then spoil or change the marts."""
        self.home.build_database.parent.mkdir(parents=True, exist_ok=True)
        self.home.build_database.unlink(missing_ok=True)
        with duckdb.connect(str(self.home.build_database)) as connection:
            connection.execute("CREATE SCHEMA marts")
            connection.execute(f"CREATE TABLE marts.fct_indicator_observation ({_OBSERVATION})")
            connection.execute(
                "CREATE TABLE marts.dim_subdistrict (subdistrict_code VARCHAR, name_zh VARCHAR, name_en VARCHAR)"
            )
            connection.executemany(
                "INSERT INTO marts.dim_subdistrict VALUES (?, ?, ?)",
                [(code, *names) for code, names in SUBDISTRICTS.items()],
            )
            self._definitions(connection)
            if self._read(connection, "prk_lot"):
                connection.execute(
                    f"""
                    INSERT INTO marts.fct_indicator_observation
                    WITH month AS (
                        SELECT CAST(start AS DATE) AS start, last_day(start) AS "end"
                        FROM generate_series(DATE '2023-04-01', DATE '2023-06-01', INTERVAL 1 MONTH) AS m(start)
                    ),
                    area AS (
                        SELECT '{DISTRICT}' AS area_code UNION ALL SELECT subdistrict_code FROM marts.dim_subdistrict
                    )
                    SELECT 'S14', {self.versions["S14"]}, 'month', m.start, m."end", a.area_code,
                           count(*) FILTER (l.networked_on <= m."end") AS numerator, NULL, numerator, 1,
                           list(DISTINCT l._batch_id)
                    FROM month AS m CROSS JOIN area AS a
                    CROSS JOIN (FROM prk_lot WHERE _batch_order = (SELECT max(_batch_order) FROM prk_lot)) AS l
                    WHERE a.area_code = '{DISTRICT}' OR a.area_code = l.subdistrict_code
                    GROUP BY m.start, m."end", a.area_code
                    """
                )
            if self._read(connection, "prk_snapshot"):
                connection.execute(
                    f"""
                    INSERT INTO marts.fct_indicator_observation
                    SELECT 'S15', {self.versions["S15"]}, 'month', date_trunc('month', dt), last_day(dt), '{DISTRICT}',
                           count(*) FILTER (in_time), count(*), 100.0 * count(*) FILTER (in_time) / count(*), 0.95,
                           list_sort(list(DISTINCT _batch_id))
                    FROM prk_snapshot GROUP BY date_trunc('month', dt), last_day(dt)
                    """
                )
            for statement in extra:
                connection.execute(statement)
        self.manifest_path.parent.mkdir(parents=True, exist_ok=True)
        self.manifest_path.write_text(json.dumps(_manifest(), ensure_ascii=False), encoding="utf-8")

    def _definitions(self, connection: duckdb.DuckDBPyConnection) -> None:
        rows = [
            {
                **definition,
                "indicator_code": definition["code"],
                "definition_version": self.versions[definition["code"]],
                "domain": "life",
                "area": "transport",
                "tier": "supporting",
                "direction": "higher",
                "period_type": "month",
                "binding": False,
                "milestones": "[]",
                "departments": json.dumps(self.departments.get(definition["code"], [])),
                "changes": json.dumps(self.changes.get(definition["code"], []), ensure_ascii=False),
                "department_code": "construction_commission",
                "source": "规划",
                "feeds": ["parking"] if definition["entities"] else [],
            }
            for definition in _DEFINITIONS
        ]
        names = [name for name in rows[0] if name != "code"]
        connection.register("incoming", pa.Table.from_pydict({name: [row.get(name) for row in rows] for name in names}))
        connection.execute("CREATE TABLE marts.dim_indicator AS FROM incoming")
        connection.unregister("incoming")

    def _read(self, connection: duckdb.DuckDBPyConnection, entity: str) -> bool:
        admitted = [batch.batch_id for batch in self.ledger.batches(feed="parking", entity=entity, status="admitted")]
        files = [
            str(path)
            for path in (self.home.raw / "parking" / entity).glob("dt=*/batch=*/*.parquet")
            if path.parent.name[6:] in admitted
        ]
        if files:
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {entity} AS FROM read_parquet({files!r}, hive_partitioning = true)"
            )
        return bool(files)


def _manifest() -> dict[str, Any]:
    def node(kind: str, name: str, layer: str, upstream: Sequence[str] = (), **more: Any) -> dict[str, Any]:
        return {
            "resource_type": kind,
            "name": name,
            "fqn": ["district_metrics", layer, name],
            "depends_on": {"nodes": list(upstream)},
            "description": "",
            "compiled_code": f"select 1 from {name}",
            "columns": {},
            "config": {"meta": {}},
        } | more

    sources = {
        f"source.p.raw_parking.{entity}": node("source", entity, "staging", source_name="raw_parking")
        for entity in ("prk_lot", "prk_snapshot")
    }
    sources["source.p.ledger.batch"] = node("source", "batch", "staging", source_name="ledger")
    nodes = {
        "model.p.stg_lot": node(
            "model", "stg_parking__prk_lot", "staging", ["source.p.raw_parking.prk_lot", "source.p.ledger.batch"]
        ),
        "model.p.stg_snapshot": node(
            "model", "stg_parking__prk_snapshot", "staging", ["source.p.raw_parking.prk_snapshot"]
        ),
        "model.p.fct": node(
            "model",
            "fct_lot_day",
            "conformed",
            ["model.p.stg_lot", "model.p.stg_snapshot"],
            description="停车场每日上传。 / Uploads by day.",
        ),
        "model.p.s14": node(
            "model", "ind_s14__lots", "indicators", ["model.p.stg_lot"], config={"meta": {"indicator": {"code": "S14"}}}
        ),
        "model.p.s15": node(
            "model", "ind_s15__rate", "indicators", ["model.p.fct"], config={"meta": {"indicator": {"code": "S15"}}}
        ),
        "model.p.n01": node(
            "model", "ind_n01__satisfaction", "indicators", [], config={"meta": {"indicator": {"code": "N01"}}}
        ),
        "model.p.mart": node(
            "model", "fct_indicator_observation", "marts", ["model.p.s14", "model.p.s15", "model.p.n01"]
        ),
        "test.p.x": node("test", "x", "marts", ["model.p.mart"]),
    }
    return {"nodes": nodes, "sources": sources}
