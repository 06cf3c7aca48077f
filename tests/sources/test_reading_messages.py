"""Landed messages become records with their topic and time, whatever a message holds; broken ones are rejects."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sources.connectors.mqtt_spool import Message, Spool
from sources.contract.feed import Entity
from sources.contract.settings import Delivery
from tests.sources.admission_case import Case, admitted, entity, field

MOMENT = datetime(2023, 6, 30, 1, 2, 3, tzinfo=UTC)
READING = entity(
    field("id"),
    field("n", "number", physical_type="decimal(38,20)"),
    field("topic", source_names=("message_topic",)),
    field("came", "timestamp", source_names=("message_received_at",)),
)


def received(tmp_path: Path, form: dict[str, Any], *payloads: bytes, of: Entity = READING) -> Case:
    """The payloads, each under the topic of its number, landed as the connector lands them and admitted."""
    spool = Spool(tmp_path / "spool")
    for number, payload in enumerate(payloads, 1):
        spool.append(Message(f"t/{number}", MOMENT, payload))
    landed = spool.pack(tmp_path / "packed").read_bytes()
    way = Delivery.model_validate({"server": "drop", "mqtt": {"topic": "t/+", "client_id": "us", "format": form}})
    return admitted(tmp_path, of, way, landed)


def block(*ids: str, **more: pa.Array) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"id": list(ids), **more}), sink)
    return sink.getvalue()


def test_lines_of_json_keep_every_digit(tmp_path: Path) -> None:
    case = received(
        tmp_path,
        {"kind": "ndjson"},
        b'{"id": "a", "n": 0.12345678901234567890}\r\n\r\n {"id": "b"}',
        gzip.compress(b'{"id": "c", "n": 3}'),
    )
    moment = MOMENT.replace(tzinfo=None)
    assert case.rows("id, n, topic, came, _row") == [
        ("a", Decimal("0.12345678901234567890"), "t/1", moment, 1),
        ("b", None, "t/1", moment, 2),
        ("c", Decimal(3), "t/2", moment, 3),
    ]


def test_gateways_may_differ_in_their_encoding(tmp_path: Path) -> None:
    line = '{"id": "井盖"}'
    case = received(tmp_path, {"kind": "ndjson"}, line.encode("gb18030"), line.encode("utf-8-sig"), line.encode())
    assert case.rows("id, topic") == [("井盖", "t/3")]


def test_the_last_message_about_a_key_stands(tmp_path: Path) -> None:
    case = received(tmp_path, {"kind": "ndjson"}, b'{"id": "a", "n": 1}', b'{"id": "a", "n": 2}', b'{"id": "b"}')
    assert case.rows("id, n") == [("a", Decimal(2)), ("b", None)]
    assert case.rejects() == [(1, "older_version")]


def test_documents_give_the_records_at_their_path(tmp_path: Path) -> None:
    document = {"gateway": {"readings": [{"id": "a", "n": 1}, {"id": "b", "n": 2}]}}
    case = received(
        tmp_path,
        {"kind": "json", "records_at": "gateway.readings"},
        json.dumps(document, indent=2).encode(),
        b'{"gateway": {"readings": []}}',
        b'{"gateway": {}}',
    )
    assert case.rows("id, n, topic") == [("a", Decimal(1), "t/1"), ("b", Decimal(2), "t/1")]
    assert len(case.rejects()) == 1  # a document without the list is no empty list


def test_blocks_of_several_shapes_are_read(tmp_path: Path) -> None:
    case = received(tmp_path, {"kind": "parquet"}, block("a"), block("b", n=pa.array([2])), block("c"))
    found = case.rows("id, n, topic", order="id")
    assert found == [("a", None, "t/1"), ("b", Decimal(2), "t/2"), ("c", None, "t/3")]


def test_broken_messages_are_rejected_one_by_one(tmp_path: Path) -> None:
    lines = received(tmp_path / "a", {"kind": "ndjson"}, b'{"id": "a"}', b'{"id": ', b"[1]", b"\x1f\x8b no gzip")
    assert [row[0] for row in lines.rows("id")] == ["a"]
    assert [code for _, code in lines.rejects()] == ["broken_json", "not_a_record", "broken_json"]

    blocks = received(tmp_path / "b", {"kind": "parquet"}, block("a"), block("b")[:-9], block("c"))
    assert [row[0] for row in blocks.rows("id")] == ["a", "c"]
    assert blocks.rejects("_row, reason_code, value") == [(2, "broken_message", blocks.rejects("value")[0][0])]


def test_nothing_but_broken_blocks_is_held_with_the_remedy(tmp_path: Path) -> None:
    case = received(tmp_path, {"kind": "parquet"}, b"{}", b"")
    assert case.admission.status == "held"
    assert "Parquet" in (case.admission.reason_en or "")


STATION = entity(
    field("id", source_names=("^.id",)),
    field("n", "number", physical_type="DECIMAL(38,0)"),
    field("topic", source_names=("message_topic",)),
    field("gateway", source_names=("$.gateway",)),
    key=("id", "n"),
)


@pytest.mark.parametrize("kind", ["json", "ndjson"])
def test_lists_in_lists_of_a_message(tmp_path: Path, kind: str) -> None:
    stations = [{"id": "A", "docks": [{"n": 1}, {"n": 2}]}, {"id": "B", "docks": [{"n": 12345678901234567}]}]
    message = json.dumps({"gateway": "g1", "data": {"stations": stations}}).encode()
    empty = b'{"gateway": "g2", "data": {"stations": []}}'

    case = received(
        tmp_path,
        {"kind": kind, "records_at": "data.stations[*].docks"},
        message,
        empty,
        b'{"gateway": "g3"}',
        b'{"gateway": "g4',
        of=STATION,
    )

    assert case.rows("id, n::BIGINT, topic, gateway, _row") == [
        ("A", 1, "t/1", "g1", 1),
        ("A", 2, "t/1", "g1", 2),
        ("B", 12345678901234567, "t/1", "g1", 3),
    ]
    assert case.rejects() == [(4, "no_record_list"), (5, "broken_json")]


SENSOR = entity(
    field("topic", source_names=("message_topic",)),
    field("value", "number", source_names=("message_value",)),
    field("word", expression="message_value"),
    field("came", "timestamp", source_names=("message_received_at",)),
    key=("topic",),
)


@pytest.mark.parametrize("kind", ["json", "ndjson"])
def test_a_message_may_be_one_bare_value(tmp_path: Path, kind: str) -> None:
    payloads = (b"23.5", b' "7" ', b"1e-3\n", b'{"id": 1}', b"", b"off")
    case = received(tmp_path, {"kind": kind}, *payloads, of=SENSOR)
    assert case.rows("topic, value, word") == [
        ("t/1", 23.5, "23.5"),
        ("t/2", 7.0, "7"),
        ("t/3", 0.001, "1e-3"),
        ("t/4", None, None),
    ]
    assert ("unreadable_value",) in case.rejects("reason_code")


def test_a_bare_value_that_no_contract_asks_for_is_no_record(tmp_path: Path) -> None:
    case = received(tmp_path, {"kind": "json"}, b"23.5", b'{"id": "a"}')
    assert case.rows("id") == [("a",)]
    assert len(case.rejects()) == 1
