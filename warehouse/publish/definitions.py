"""The public table `indicator`: definitions as the mart `dim_indicator` holds them, with the SQL that was run.

Belongs here: laying the mart's columns out as the public ones. Does not belong here: what a definition says (the YAML
beside each indicator model), whether it is complete (checks of `dim_indicator`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb

from warehouse.publish import snapshot_file
from warehouse.publish.manifest import Manifest
from warehouse.publish.report import HeldIndicator
from warehouse.publish.tables.figures import INDICATOR


def read_definitions(connection: duckdb.DuckDBPyConnection, relation: str, manifest: Manifest) -> list[dict[str, Any]]:
    """Rows of the public table `indicator`, by code; `relation` is the mart, its lists JSON texts.

    `sql_text` is what dbt compiled, where the manifest has it; none where it rests on no data. A public column
    that the mart lacks is NULL.
    """
    rows = []
    for mart in snapshot_file.rows(connection, f"SELECT * FROM {relation} ORDER BY indicator_code"):
        row = {column.name: mart.get(column.name) for column in INDICATOR.columns}
        row["milestones"] = [
            {"date": date.fromisoformat(milestone["date"]), "value": float(milestone["value"])}
            for milestone in _listed(mart, "milestones")
        ]
        row["departments"] = [
            {"code": entry["code"], "from": _day(entry.get("from")), "to": _day(entry.get("to"))}
            for entry in _listed(mart, "departments")
        ]
        row["changes"] = [
            {"version": int(entry["version"]), "from": _day(entry["from"]), "zh": entry["zh"], "en": entry["en"]}
            | {"bridge": _bridge(entry.get("bridge"))}
            for entry in _listed(mart, "changes")
        ]
        model = manifest.indicator_models.get(str(row["indicator_code"]))
        if model is not None and model.sql is not None and row["entities"]:
            row["sql_text"] = model.sql
        rows.append(row)
    return rows


def _listed(mart: Mapping[str, Any], column: str) -> list[Any]:
    found: list[Any] = json.loads(mart.get(column) or "[]")
    return found


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _bridge(bridge: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if bridge is None else {"factor": float(bridge["factor"]), "reason": bridge["reason"]}


def mark_held(rows: list[dict[str, Any]], held: Mapping[str, HeldIndicator]) -> None:
    """Write into each row why its indicator is held, or that it is not."""
    for row in rows:
        hold = held.get(row["indicator_code"])
        row["held_reason_zh"], row["held_reason_en"] = (None, None) if hold is None else (hold.zh, hold.en)
