"""The catalogue as DCAT 3 in JSON-LD, with the properties that DCAT-AP asks for.

Belongs here: which data sets there are and how they are described: the entities of all feeds, as departments deliver
them, and the public tables of the snapshot. Codes are those of the European vocabularies that DCAT-AP prescribes.
Does not belong here: single columns (`odcs.py`). Access rights follow the strictest class of any field; a licence is
not ours to invent: it is named only where DISTRICT_LICENCE gives its address.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, date
from typing import Any, Final

from warehouse.export.parquet import PublishedTable, contents
from warehouse.read import SnapshotReader
from warehouse.read.overview import SnapshotInfo, snapshot_info

MEDIA_TYPE: Final = "application/ld+json"
BASE: Final = "DISTRICT_CATALOGUE_BASE"
"""Address under which the pages are reached; without it things are named by URN."""
LICENCE: Final = "DISTRICT_LICENCE"

_CONTEXT: Final = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "prov": "http://www.w3.org/ns/prov#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_AUTHORITY: Final = "http://publications.europa.eu/resource/authority"
_FREQUENCIES: Final[Mapping[str, str]] = {
    "hourly": "HOURLY",
    "daily": "DAILY",
    "weekly": "WEEKLY",
    "monthly": "MONTHLY",
    "quarterly": "QUARTERLY",
    "half_yearly": "ANNUAL_2",
    "yearly": "ANNUAL",
    "irregular": "IRREG",
}
# Classes of fields from open to closed, and what DCAT-AP calls the right to reach them.
_RIGHTS: Final[Mapping[str, str]] = {
    "public": "PUBLIC",
    "internal": "RESTRICTED",
    "confidential": "NON_PUBLIC",
    "restricted": "NON_PUBLIC",
}
_FORMATS: Final[Mapping[str, tuple[str, str]]] = {  # EU file type, media type
    "parquet": ("PARQUET", "application/vnd.apache.parquet"),
    "sdmx-csv": ("CSV", "application/vnd.sdmx.data+csv"),
}


def as_json(reader: SnapshotReader) -> bytes:
    """The catalogue as UTF-8 JSON-LD."""
    return json.dumps(catalogue(reader), ensure_ascii=False, indent=2).encode("utf-8")


def catalogue(reader: SnapshotReader) -> dict[str, Any]:
    """One dcat:Catalog with a dcat:Dataset per entity of a feed and per public table."""
    info = snapshot_info(reader)
    base = os.environ.get(BASE, "").strip().rstrip("/") or f"urn:x-district-metrics:{info.district_code}"
    publisher = _agent(f"{base}{_slash(base)}district", info.district_zh, info.district_en)
    departments = {
        row["department_code"]: _agent(
            f"{base}{_slash(base)}department{_slash(base)}{row['department_code']}", row["name_zh"], row["name_en"]
        )
        for row in reader.rows("SELECT * FROM department")
    }
    return {
        "@context": _CONTEXT,
        "@id": f"{base}{_slash(base)}catalogue",
        "@type": "dcat:Catalog",
        "dct:title": _texts(f"{info.district_zh}数字化转型指标数据目录", f"Data catalogue of {info.district_en}"),
        "dct:description": _texts(
            "各部门交付的数据表与已发布的指标数据表" + ("（模拟数据）" if info.simulated else ""),
            "Tables that departments deliver, and tables of published indicators"
            + (" (simulated data)" if info.simulated else ""),
        ),
        "dct:publisher": publisher,
        "dct:language": [{"@id": f"{_AUTHORITY}/language/ZHO"}, {"@id": f"{_AUTHORITY}/language/ENG"}],
        "dct:modified": _typed(info.published_at.replace(tzinfo=UTC).isoformat(), "xsd:dateTime"),
        "dcat:dataset": [
            *(_entity(row, base, departments, publisher) for row in _entities(reader)),
            *(_table(table, info, base, publisher, _span(reader)) for table in contents(reader)),
        ],
    }


def _entities(reader: SnapshotReader) -> list[dict[str, Any]]:
    return reader.rows(
        """
        SELECT f.*, min(b.period_start) AS first_day, max(b.period_end) AS last_day, max(b.received_at) AS received_at
        FROM feed AS f
        LEFT JOIN batch AS b ON b.feed = f.feed AND b.entity = f.entity AND b.status = 'admitted'
        GROUP BY ALL ORDER BY f.feed, f.entity
        """
    )


def _entity(
    row: Mapping[str, Any], base: str, departments: Mapping[str, Any], district: Mapping[str, Any]
) -> dict[str, Any]:
    fields = json.loads(row["fields"] or "[]")
    found: dict[str, Any] = {
        "@id": f"{base}{_slash(base)}dataset{_slash(base)}raw_{row['feed']}.{row['entity']}",
        "@type": "dcat:Dataset",
        "dct:identifier": f"raw_{row['feed']}.{row['entity']}",
        "dct:title": _texts(row["label_zh"], row["label_en"]),
        "dct:description": _texts(
            f"{row['feed_label_zh']}：{row['label_zh']}；字段 {'、'.join(f['label_zh'] for f in fields)}",
            f"{row['feed_label_en']}: {row['label_en']}; fields {', '.join(f['label_en'] for f in fields)}",
        ),
        "dct:publisher": departments.get(row["department_code"], district),
        "dct:accrualPeriodicity": {"@id": f"{_AUTHORITY}/frequency/{_FREQUENCIES.get(row['cadence'], 'UNKNOWN')}"},
        "dct:accessRights": {"@id": f"{_AUTHORITY}/access-right/{access_right(fields)}"},
        "dcat:version": row["contract_version"],
    }
    if row["first_day"] and row["last_day"]:
        found["dct:temporal"] = _period(row["first_day"], row["last_day"])
    if row["received_at"]:
        found["dct:modified"] = _typed(row["received_at"].replace(tzinfo=UTC).isoformat(), "xsd:dateTime")
    return found


def access_right(fields: Sequence[Mapping[str, Any]]) -> str:
    """PUBLIC, RESTRICTED or NON_PUBLIC: by the strictest field; a protected or unclassified one is not public."""
    ranks = list(dict.fromkeys(_RIGHTS.values()))
    rights = [
        "NON_PUBLIC" if field.get("protection") else _RIGHTS.get(field.get("classification") or "", "NON_PUBLIC")
        for field in fields
    ]
    return max(rights, key=ranks.index, default="NON_PUBLIC")


def _table(
    table: PublishedTable,
    info: SnapshotInfo,
    base: str,
    publisher: Mapping[str, Any],
    span: tuple[date, date] | None,
) -> dict[str, Any]:
    zh, _, en = table.meaning.partition(" / ")
    here = f"{base}{_slash(base)}dataset{_slash(base)}{table.name}"
    formats = ["parquet", *(["sdmx-csv"] if table.name == "indicator_observation" else [])]
    found: dict[str, Any] = {
        "@id": here,
        "@type": "dcat:Dataset",
        "dct:identifier": table.name,
        "dct:title": _texts(zh or table.name, en or table.name),
        "dct:description": _texts(
            f"快照 {info.snapshot_id} 的发布表，{table.rows} 行，{table.columns} 列",
            f"Public table of snapshot {info.snapshot_id}, {table.rows} rows, {table.columns} columns",
        ),
        "dct:publisher": publisher,
        # "public" tables are the product's interface, within the district; opening one is a decision of the office
        "dct:accessRights": {"@id": f"{_AUTHORITY}/access-right/RESTRICTED"},
        "dct:modified": _typed(info.published_at.replace(tzinfo=UTC).isoformat(), "xsd:dateTime"),
        "dcat:version": info.snapshot_id,
        "dcat:distribution": [_distribution(here, base, name) for name in formats],
    }
    if span and table.name.startswith("indicator_"):
        found["dct:temporal"] = _period(*span)
    return found


def _distribution(here: str, base: str, name: str) -> dict[str, Any]:
    file_type, media = _FORMATS[name]
    found: dict[str, Any] = {
        "@id": f"{here}{_slash(base)}{name}",
        "@type": "dcat:Distribution",
        "dcat:accessURL": {"@id": f"{base}{_slash(base)}data"},
        "dct:format": {"@id": f"{_AUTHORITY}/file-type/{file_type}"},
        "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{media}"},
    }
    if licence := os.environ.get(LICENCE, "").strip():
        found["dct:license"] = {"@id": licence}
    return found


def _span(reader: SnapshotReader) -> tuple[date, date] | None:
    (row,) = reader.rows("SELECT min(period_start) AS first, max(period_end) AS last FROM indicator_observation")
    return (row["first"], row["last"]) if row["first"] else None


def _agent(name: str, zh: str, en: str) -> dict[str, Any]:
    return {"@id": name, "@type": "foaf:Organization", "foaf:name": _texts(zh, en)}


def _period(first: date, last: date) -> dict[str, Any]:
    return {
        "@type": "dct:PeriodOfTime",
        "dcat:startDate": _typed(first.isoformat(), "xsd:date"),
        "dcat:endDate": _typed(last.isoformat(), "xsd:date"),
    }


def _texts(zh: str, en: str) -> list[dict[str, str]]:
    return [{"@value": zh, "@language": "zh"}, {"@value": en, "@language": "en"}]


def _typed(value: str, kind: str) -> dict[str, str]:
    return {"@value": value, "@type": kind}


def _slash(base: str) -> str:
    """What stands between the parts of a name."""
    return ":" if base.startswith("urn:") else "/"
