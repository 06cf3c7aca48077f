"""A small contract as plain data, for tests to change and write; and entities, deliveries made from it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

from sources.contract.feed import Feed
from sources.contract.loading import CONTRACT_FILE, load_feeds

CONTRACT: dict[str, Any] = {
    "apiVersion": "v3.1.0",
    "kind": "DataContract",
    "id": "library",
    "name": "图书馆",
    "version": "1.0.0",
    "status": "active",
    "domain": "life",
    "team": {
        "id": "culture_commission",
        "name": "区文旅局",
        "members": [
            {
                "username": "old@x.example",
                "name": "旧科",
                "role": "owner",
                "dateIn": "2020-01-01",
                "dateOut": "2022-12-31",
            },
            {"username": "new@x.example", "name": "新科", "role": "owner", "dateIn": "2023-01-01"},
        ],
    },
    "customProperties": [
        {"property": "name_en", "value": "Libraries"},
        {"property": "department_en", "value": "Culture Commission"},
        {"property": "time_zone", "value": "Asia/Shanghai"},
    ],
    "servers": [
        {
            "server": "drop",
            "type": "local",
            "location": "${LIBRARY_DROP:-drop}",
            "customProperties": [{"property": "connection", "value": {"connector": "files"}}],
        }
    ],
    "schema": [
        {
            "name": "lib_loan",
            "businessName": "借阅",
            "customProperties": [
                {"property": "label_en", "value": "Loans"},
                {"property": "history", "value": "event"},
                {"property": "period", "value": {"field": "loan_date"}},
                {
                    "property": "deliveries",
                    "value": [
                        {
                            "server": "drop",
                            "mode": "delta",
                            "file": {"pattern": "loans_{period}_{seq}.csv", "format": {"kind": "csv"}},
                        }
                    ],
                },
            ],
            "properties": [
                {
                    "name": "loan_id",
                    "businessName": "借阅号",
                    "logicalType": "string",
                    "required": True,
                    "primaryKey": True,
                    "primaryKeyPosition": 1,
                },
                {"name": "loan_date", "businessName": "借阅日期", "logicalType": "date", "required": True},
                {
                    "name": "fee",
                    "businessName": "费用",
                    "physicalName": "费用（元）",
                    "synonyms": [{"synonym": "费用"}],
                    "logicalType": "number",
                    "physicalType": "decimal(18,2)",
                    "logicalTypeOptions": {"minimum": 0},
                },
                {
                    "name": "kind",
                    "businessName": "类别",
                    "logicalType": "string",
                    "enum": [
                        {
                            "value": "book",
                            "label": "图书",
                            "customProperties": [{"property": "spellings", "value": ["书"]}],
                        },
                        {"value": "film", "label": "影像"},
                    ],
                },
                {
                    "name": "reader_hash",
                    "businessName": "读者",
                    "logicalType": "string",
                    "classification": "personal",
                    "customProperties": [{"property": "protection", "value": {"method": "pseudonymise"}}],
                },
            ],
            "quality": [
                {
                    "id": "loans_present",
                    "name": "有借阅",
                    "type": "custom",
                    "engine": "soda",
                    "severity": "error",
                    "description": "每日都有借阅",
                    "customProperties": [
                        {"property": "gbt36344", "value": "完整性"},
                        {"property": "name_en", "value": "There are loans"},
                    ],
                    "implementation": {"row_count": {"threshold": {"must_be_greater_than": 0}}},
                }
            ],
        }
    ],
}


def contract() -> dict[str, Any]:
    """A copy that a test may change."""
    return copy.deepcopy(CONTRACT)


def write_contract(feeds: Path, document: dict[str, Any] | str, name: str = "library") -> Path:
    """Write the contract as `<feeds>/<name>/contract.odcs.yaml`; returns the file."""
    file = feeds / name / CONTRACT_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    text = document if isinstance(document, str) else yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    file.write_text(text, encoding="utf-8")
    return file


def load(feeds: Path, document: dict[str, Any] | None = None, name: str = "library") -> Feed:
    """The feed of a written contract."""
    write_contract(feeds, contract() if document is None else document, name)
    return load_feeds([feeds])[name]


def set_property(owner: dict[str, Any], name: str, value: Any) -> None:
    """Set a custom property of a part of a contract."""
    items = [item for item in owner.setdefault("customProperties", []) if item["property"] != name]
    owner["customProperties"] = [*items, {"property": name, "value": value}]


def entity_of(document: dict[str, Any]) -> dict[str, Any]:
    """The only entity of the example, to be changed."""
    found: dict[str, Any] = document["schema"][0]
    return found
