"""The public tables of a snapshot as one data contract of the Open Data Contract Standard (ODCS 3.1).

Belongs here: tables, columns, types, keys and meanings, as the snapshot itself carries them. Does not belong here:
contracts of feeds, which are kept as ODCS documents from the start (`sources/feeds`).
"""

from __future__ import annotations

from typing import Any, Final

import yaml

from warehouse.export.parquet import PublishedTable, contents
from warehouse.read import SnapshotReader
from warehouse.read.overview import snapshot_info

VERSION: Final = "v3.1.0"
# Of the interface that the contract describes: columns are added, never changed, so its major number stays.
CONTRACT_VERSION: Final = "1.0.0"
_LOGICAL: Final[dict[str, str]] = {
    "VARCHAR": "string",
    "BOOLEAN": "boolean",
    "TINYINT": "integer",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "UBIGINT": "integer",
    "DOUBLE": "number",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
    "JSON": "object",
}


def as_yaml(reader: SnapshotReader) -> bytes:
    """The contract as UTF-8 YAML."""
    return yaml.safe_dump(contract(reader), allow_unicode=True, sort_keys=False, width=120).encode("utf-8")


def contract(reader: SnapshotReader) -> dict[str, Any]:
    """The contract as plain mappings and lists."""
    info = snapshot_info(reader)
    return {
        "apiVersion": VERSION,
        "kind": "DataContract",
        "id": f"district-metrics-{info.district_code}",
        "name": f"{info.district_zh}数字化转型指标 / Indicators of {info.district_en}",
        "version": CONTRACT_VERSION,
        "status": "active",
        "description": {
            "purpose": "已发布快照的数据表：指标、数值、修订、来历、交付与检查 / Tables of a published snapshot",
            "limitations": f"快照 {info.snapshot_id}，数据截至 {info.as_of}"
            + ("；模拟数据 / simulated data" if info.simulated else ""),
        },
        "schema": [_table(reader, table) for table in contents(reader)],
    }


def _table(reader: SnapshotReader, table: PublishedTable) -> dict[str, Any]:
    zh, _, en = table.meaning.partition(" / ")
    columns = reader.rows(
        "SELECT column_name, data_type, is_nullable, coalesce(comment, '') AS comment FROM duckdb_columns() "
        "WHERE schema_name = 'main' AND table_name = ? ORDER BY column_index",
        [table.name],
    )
    keys = [column["column_name"] for column in columns if not column["is_nullable"]]
    return {
        "name": table.name,
        "physicalName": table.name,
        "physicalType": "table",
        "businessName": zh or table.name,
        "description": en or table.name,
        "properties": [_column(column, keys) for column in columns],
    }


def _column(column: dict[str, Any], keys: list[str]) -> dict[str, Any]:
    zh, _, en = column["comment"].partition(" / ")
    name = column["column_name"]
    found = {"name": name, "businessName": zh or name, "description": en or name, **_type(column["data_type"])}
    if name in keys:  # a snapshot's key columns, and they alone, are NOT NULL
        found |= {"required": True, "primaryKey": True, "primaryKeyPosition": keys.index(name) + 1}
    return found


def _type(physical: str) -> dict[str, Any]:
    if physical.endswith("[]"):
        inner = physical.removesuffix("[]")
        return {
            "logicalType": "array",
            "physicalType": physical,
            "items": {"logicalType": _LOGICAL.get(inner, "object"), "physicalType": inner},
        }
    return {"logicalType": _LOGICAL.get(physical, "object"), "physicalType": physical}
