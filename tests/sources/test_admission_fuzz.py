"""Whatever bytes arrive, admission answers: admitted or held, every row accounted for, never an exception.

`DISTRICT_FUZZ_EXAMPLES=2000 pytest tests/sources/test_admission_fuzz.py` looks longer (default 8 examples a format).
"""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.contract.feed import Entity
from sources.contract.file_pattern import FilePattern
from sources.contract.loading import load_feeds
from sources.contract.settings import Delivery
from tests.sources.admission_case import Case, admitted, entity, field, file_delivery

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("DISTRICT_FUZZ_EXAMPLES", "8"))
SALE = entity(
    field("id"), field("n", "integer"), field("day", "date"), field("moment", "timestamp"), field("amount", "number"),
    field("yes", "boolean"), field("who", protection="pseudonymise"), field("kind", codes={"a": "a", "甲": "a"}),
)  # fmt: skip
HEADER = list(SALE.fields)
LINES = [[str(n), str(n), "2023-06-01", "2023-06-01 08:00:00", "1.5", "是", "沪A1", "甲"] for n in range(20)]


def _csv() -> bytes:
    return "\n".join(",".join(line) for line in [HEADER, *LINES, [""]]).encode()


def _records() -> list[dict[str, str]]:
    return [dict(zip(HEADER, line, strict=True)) for line in LINES]


def _zip(name: str, body: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, body)
    return file.getvalue()


def _excel() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for number, line in enumerate([HEADER, *LINES]):
            page.write_row(number, 0, line)
    return file.getvalue()


def _parquet() -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(_records()), file)
    return file.getvalue()


def _bundle() -> bytes:
    entries = [{"resource": {"resourceType": "Sale", **record}} for record in _records()]
    return json.dumps({"resourceType": "Bundle", "entry": entries}).encode()


def _ods() -> bytes:
    """An OpenDocument sheet; text cells alone."""
    cell = '<t:table-cell o:value-type="string"><x:p>{}</x:p></t:table-cell>'
    rows = "".join(
        f"<t:table-row>{''.join(cell.format(value) for value in line)}</t:table-row>" for line in [HEADER, *LINES]
    )
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0"?><o:document-content xmlns:o="{urn}:office:1.0" xmlns:t="{urn}:table:1.0" '
        f'xmlns:x="{urn}:text:1.0"><o:body><o:spreadsheet><t:table t:name="S">{rows}</t:table></o:spreadsheet></o:body>'
        "</o:document-content>"
    )
    for short, long in (("o:", "office:"), ("t:", "table:"), ("x:", "text:")):
        content = content.replace(f"<{short}", f"<{long}").replace(f"</{short}", f"</{long}")
        content = content.replace(f"xmlns:{short[0]}=", f"xmlns:{long[:-1]}=").replace(f" {short}", f" {long}")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest:manifest xmlns:manifest='urn'/>")
    return file.getvalue()


def _broker(kind: str) -> Delivery:
    way = {"topic": "sales", "client_id": "c", "format": {"kind": kind}}
    return Delivery.model_validate({"server": "broker", "mqtt": way})


def _messages(*payloads: bytes) -> bytes:
    """Landed messages, as the connector's spool writes them."""
    moment = datetime(2023, 6, 1, tzinfo=UTC)
    file = io.BytesIO()
    columns = {
        "topic": pa.array(["sales"] * len(payloads)),
        "received_at": pa.array([moment] * len(payloads), pa.timestamp("us", "UTC")),
        "payload": pa.array(payloads, pa.binary()),
    }
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


_NDJSON = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in _records()).encode()
_PAGE = json.dumps({"data": {"list": _records()}}, ensure_ascii=False).encode()
WAYS: dict[str, tuple[Delivery, bytes]] = {
    "csv": (file_delivery(), _csv()),
    "gb18030": (file_delivery(), _csv().decode().encode("gb18030")),
    "ndjson": (file_delivery("ndjson"), _NDJSON),
    "json": (file_delivery("json", records_at="data.list"), _PAGE),
    "excel": (file_delivery("excel"), _excel()),
    "parquet": (file_delivery("parquet"), _parquet()),
    "fhir": (file_delivery("fhir", resource_type="Sale"), _bundle()),
    "zip": (file_delivery(way={"file": {"member": "*.csv"}}), _zip("a.csv", _csv())),
    "fhir lines": (
        file_delivery("fhir", resource_type="Sale"),
        "".join(json.dumps({"resourceType": "Sale", **record}) + "\n" for record in _records()).encode(),
    ),
    "utf-16": (file_delivery(), _csv().decode().encode("utf-16")),
    "trailer": (file_delivery(trailer="END,(?P<rows>[0-9]+)"), _csv() + b"END,20\n"),
    "ods": (file_delivery("excel"), _ods()),
    "messages": (_broker("ndjson"), _messages(gzip.compress(_NDJSON, mtime=0))),
    "blocks": (_broker("parquet"), _messages(_parquet())),
    "pages": (
        Delivery.model_validate({"server": "api", "rest": {"path": "/", "records_at": "data.list"}}),
        _zip("page-1.json", _PAGE),
    ),
}


def accounted(case: Case) -> None:
    """The rules that hold for every answer."""
    admission = case.admission
    assert admission.status in ("admitted", "held")
    assert admission.rows_read == admission.rows_admitted + admission.rows_rejected
    assert sum(admission.partitions.values()) == admission.rows_admitted == len(case.rows("_row"))
    assert sum(reason.rows for reason in admission.reject_reasons) == admission.rows_rejected
    assert (
        len({(file, sheet, row) for file, sheet, row in case.rejects("_file, _sheet, _row")}) == admission.rows_rejected
    )
    if admission.status == "held":
        assert admission.reason_zh
        assert admission.reason_en
        assert "Traceback" not in admission.reason_en


@pytest.mark.parametrize("way", list(WAYS))
def test_the_clean_delivery_is_admitted_whole(tmp_path_factory: pytest.TempPathFactory, way: str) -> None:
    delivery, body = WAYS[way]
    case = admitted(tmp_path_factory.mktemp("clean"), SALE, delivery, body)
    accounted(case)
    assert (case.admission.status, case.admission.rows_admitted, case.admission.rows_rejected) == ("admitted", 20, 0)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.binary(max_size=400))
@pytest.mark.parametrize("way", list(WAYS))
def test_random_bytes(tmp_path_factory: pytest.TempPathFactory, way: str, body: bytes) -> None:
    accounted(admitted(tmp_path_factory.mktemp("random"), SALE, _unspooled(way), body))


def _unspooled(way: str) -> Delivery:
    """The delivery; what a broker brought we packed ourselves, so that only its payloads can be odd."""
    return WAYS[way][0] if WAYS[way][0].mqtt is None else file_delivery("parquet")


@st.composite
def _mutated(draw: st.DrawFn, body: bytes) -> bytes:
    """`body` cut anywhere, bytes changed, pieces taken out, doubled or replaced by what trips parsers over."""
    changed = bytearray(body[: draw(st.integers(1, len(body)), label="length")] if draw(st.booleans()) else body)
    for _ in range(draw(st.integers(0, 4), label="changes")):
        place = draw(st.integers(0, max(0, len(changed) - 1)), label="place")
        end = place + draw(st.integers(0, 40), label="span")
        piece = draw(
            st.one_of(
                st.binary(max_size=4),
                st.sampled_from([b"", b'"', b",", b"\n", b"\r", b"\x00", b"\xff\xfe", b"{", b"[", b"<", b"&", b"9" * 40,
                                 b"1e999", b"\xe5", "合计".encode(), b'""', b",,,,", b"NaN", b"-", b"null"]),
                st.just(bytes(changed[place:end]) * 2),
            ),
            label="piece",
        )  # fmt: skip
        changed[place:end] = piece
    return bytes(changed)


@st.composite
def _repacked(draw: st.DrawFn, body: bytes) -> bytes:
    """A zip whose member's content is changed while the archive stays whole; other bytes are changed as they are."""
    if not zipfile.is_zipfile(io.BytesIO(body)) or draw(st.integers(0, 3)) == 0:
        return draw(_mutated(body))
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        members = {info.filename: packed.read(info) for info in packed.infolist()}
    chosen = draw(st.sampled_from(sorted(members)), label="member")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, draw(_mutated(content)) if name == chosen and content else content)
    return file.getvalue()


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("way", list(WAYS))
def test_cut_and_changed_deliveries(tmp_path_factory: pytest.TempPathFactory, way: str, data: st.DataObject) -> None:
    delivery, body = WAYS[way]
    if delivery.mqtt is not None:
        payload = _NDJSON if way == "messages" else _parquet()
        odd = data.draw(_mutated(payload))
        body = _messages(
            payload, odd, gzip.compress(odd, mtime=0), data.draw(_mutated(gzip.compress(payload, mtime=0)))
        )
    else:
        body = data.draw(_repacked(body))
    accounted(admitted(tmp_path_factory.mktemp("changed"), SALE, delivery, body))


def _samples() -> list[tuple[str, Entity, Delivery, Path]]:
    """The first recorded file of each kind of format that the feeds have, with the contract it comes under."""
    found: dict[str, tuple[str, Entity, Delivery, Path]] = {}
    for feed in load_feeds([]).values():
        for entity_of_feed in feed.entities.values():
            for delivery in entity_of_feed.deliveries:
                if delivery.file is None:
                    continue
                pattern = FilePattern.parse(delivery.file.pattern)
                for file in sorted((feed.path.parent / "samples").glob("*/*")):
                    kind = f"{delivery.file.format.kind}{' in zip' if delivery.file.member else ''}"
                    if file.is_file() and pattern.match(file.name) is not None:
                        found.setdefault(kind, (f"{feed.name}.{entity_of_feed.name}", entity_of_feed, delivery, file))
    return list(found.values())


SAMPLES = _samples()


@settings(max_examples=max(2, EXAMPLES // 3), deadline=None)
@given(data=st.data())
@pytest.mark.parametrize(
    "sample", SAMPLES, ids=[f"{name} {way.file.format.kind}" for name, _, way, _ in SAMPLES if way.file]
)
def test_changed_samples_of_the_feeds(
    tmp_path_factory: pytest.TempPathFactory,
    sample: tuple[str, Entity, Delivery, Path],
    data: st.DataObject,
) -> None:
    _, of, delivery, file = sample
    body = data.draw(_repacked(file.read_bytes()))
    # Checks are Soda's; what they say of odd rows is tested with it.
    accounted(admitted(tmp_path_factory.mktemp("sample"), replace(of, checks=()), delivery, body, names=[file.name]))
