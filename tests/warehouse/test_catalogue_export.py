"""The catalogue for others: DCAT in JSON-LD, ODCS read back by the model that reads our contracts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sources.contract.document import ContractDocument
from tests.snapshot_deliveries import ENTITIES, FIELDS
from tests.snapshot_fixture import build_snapshot
from warehouse.export import dcat, odcs
from warehouse.home import Home
from warehouse.publish.tables import TABLES
from warehouse.read import SnapshotReader

pytestmark = pytest.mark.slow

# What DCAT-AP 3.0 makes mandatory (catalogue: title, description, publisher; data set: title, description;
# distribution: access address), the recommended properties that we promise, and the ranges of both.
_TEXT = {
    "type": "array",
    "minItems": 2,
    "items": {
        "type": "object",
        "required": ["@value", "@language"],
        "properties": {"@value": {"type": "string", "minLength": 1}, "@language": {"enum": ["zh", "en"]}},
    },
}
_REFERENCE = {
    "type": "object",
    "required": ["@id"],
    "properties": {"@id": {"type": "string", "pattern": "^(https?://|urn:)[^ ]+$"}},
}
_AGENT = {"allOf": [_REFERENCE, {"required": ["@type", "foaf:name"], "properties": {"foaf:name": _TEXT}}]}
_DISTRIBUTION = {
    "allOf": [_REFERENCE],
    "required": ["@type", "dcat:accessURL", "dct:format", "dcat:mediaType"],
    "properties": {"@type": {"const": "dcat:Distribution"}, "dcat:accessURL": _REFERENCE, "dct:license": _REFERENCE},
}
_DATA_SET = {
    "allOf": [_REFERENCE],
    "required": ["@type", "dct:title", "dct:description", "dct:publisher", "dct:identifier", "dct:accessRights"],
    "properties": {
        "@type": {"const": "dcat:Dataset"},
        "dct:title": _TEXT,
        "dct:description": _TEXT,
        "dct:publisher": _AGENT,
        "dct:accrualPeriodicity": _REFERENCE,
        "dct:temporal": {"required": ["@type", "dcat:startDate", "dcat:endDate"]},
        "dcat:distribution": {"type": "array", "minItems": 1, "items": _DISTRIBUTION},
    },
}
DCAT_AP = {
    "required": ["@context", "@id", "@type", "dct:title", "dct:description", "dct:publisher", "dcat:dataset"],
    "properties": {
        "@type": {"const": "dcat:Catalog"},
        "dct:title": _TEXT,
        "dct:description": _TEXT,
        "dct:publisher": _AGENT,
        "dcat:dataset": {"type": "array", "minItems": 1, "items": _DATA_SET},
    },
}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> SnapshotReader:
    home = Home(tmp_path_factory.mktemp("catalogue") / "home")
    build_snapshot(home)
    return SnapshotReader(home)


def data_sets(reader: SnapshotReader) -> dict[str, dict[str, Any]]:
    return {one["dct:identifier"]: one for one in json.loads(dcat.as_json(reader))["dcat:dataset"]}


@pytest.mark.parametrize("base", ["", "https://metrics.example/"])
def test_the_catalogue_says_what_dcat_ap_asks_for(
    reader: SnapshotReader, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(dcat.BASE, base)
    monkeypatch.setenv(dcat.LICENCE, "https://licences.example/open")
    catalogue = json.loads(dcat.as_json(reader))
    jsonschema.validate(catalogue, DCAT_AP)
    names = [one["@id"] for one in catalogue["dcat:dataset"]]
    assert len(names) == len(set(names))
    prefixes = set(catalogue["@context"])
    used = {key.partition(":")[0] for one in [catalogue, *catalogue["dcat:dataset"]] for key in one if ":" in key}
    assert used <= prefixes


def test_every_entity_and_every_public_table_is_a_data_set(reader: SnapshotReader) -> None:
    found = data_sets(reader)
    assert found.keys() == {f"raw_{feed}.{entity}" for feed, entity, *_ in ENTITIES} | TABLES.keys()
    register = found["raw_parking.prk_lot"]
    assert register["dct:accrualPeriodicity"]["@id"].endswith("/frequency/WEEKLY")
    assert register["dct:publisher"]["foaf:name"][0]["@value"] == "区建管委"
    assert register["dct:temporal"]["dcat:startDate"]["@value"] <= register["dct:temporal"]["dcat:endDate"]["@value"]
    assert len(FIELDS["parking.prk_lot"]) == register["dct:description"][0]["@value"].count("、") + 1
    formats = {
        one["dct:format"]["@id"].rpartition("/")[2] for one in found["indicator_observation"]["dcat:distribution"]
    }
    assert formats == {"PARQUET", "CSV"}
    assert "dct:license" not in found["indicator"]["dcat:distribution"][0]  # none is made up


@pytest.mark.parametrize(
    ("fields", "right"),
    [
        ([{"classification": "public"}], "PUBLIC"),
        ([{"classification": "public"}, {"classification": "internal"}], "RESTRICTED"),
        ([{"classification": "internal"}, {"classification": "confidential"}], "NON_PUBLIC"),
        ([{"classification": "public", "protection": "mask"}], "NON_PUBLIC"),
        ([{"classification": None}], "NON_PUBLIC"),  # nobody said that it is public
        ([], "NON_PUBLIC"),
    ],
)
def test_the_strictest_field_decides_who_may_reach_the_data(fields: list[dict[str, Any]], right: str) -> None:
    assert dcat.access_right(fields) == right


def test_the_contract_of_the_public_tables_is_read_back_whole(reader: SnapshotReader, tmp_path: Path) -> None:
    path = tmp_path / "published.odcs.yaml"
    path.write_bytes(odcs.as_yaml(reader))
    document = ContractDocument(path)  # strict: an unknown key at any level is a problem
    assert document.problems == []
    assert document.model is not None
    read = {table.name: table for table in document.model.schema_ or ()}
    assert read.keys() == TABLES.keys()
    for name, table in TABLES.items():
        properties = {one.name: one for one in read[name].properties or ()}
        assert list(properties) == [column.name for column in table.columns]
        assert {n for n, one in properties.items() if one.primaryKey} == set(table.key)
        assert sorted(one.primaryKeyPosition or 0 for one in properties.values() if one.primaryKey) == list(
            range(1, len(table.key) + 1)
        )
        for column in table.columns:
            assert (properties[column.name].businessName, properties[column.name].description) == (column.zh, column.en)
            assert properties[column.name].physicalType is not None
