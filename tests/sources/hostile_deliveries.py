"""Deliveries built to fill memory, admitted one after another: `python -m tests.sources.hostile_deliveries`.

Run as a child by `test_admission_memory.py`. Prints one JSON line a delivery: name, status, reason, rejected rows and
the peak of resident memory so far in MB. The address space is limited, so that what runs away ends as a crash of this
process alone.
"""

from __future__ import annotations

import gzip
import io
import json
import resource
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from sources.contract.settings import Delivery
from tests.sources.admission_case import admitted, entity, field, file_delivery

TWO = entity(field("id"), field("name"))
# DuckDB reserves address space far beyond what it fills; this ends only what runs away.
_ADDRESS_SPACE = 8 << 30


def _zip(**members: bytes | str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), body)
    return file.getvalue()


def _stray_cell() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["id", "name"])
        page.write(1_048_575, 16_383, "x")
    return file.getvalue()


def _repeated_cells() -> bytes:
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{urn}:office:1.0" xmlns:table="{urn}:table:1.0" '
        f'xmlns:text="{urn}:text:1.0"><office:body><office:spreadsheet><table:table table:name="S">'
        '<table:table-row table:number-rows-repeated="1048576"><table:table-cell '
        'table:number-columns-repeated="100" office:value-type="string"><text:p>x</text:p></table:table-cell>'
        "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    )
    return _zip(mimetype="application/vnd.oasis.opendocument.spreadsheet", content_xml=content)


def _message(payload: bytes) -> bytes:
    file = io.BytesIO()
    moment = pa.array([0], pa.timestamp("us", "UTC"))
    pq.write_table(pa.table({"topic": ["t"], "received_at": moment, "payload": pa.array([payload], pa.binary())}), file)
    return file.getvalue()


def _long_column() -> bytes:
    file = io.BytesIO()
    value = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000_000, pa.int8()), ["x" * 1000])
    pq.write_table(pa.table({"id": value}), file)
    return file.getvalue()


def _broker(kind: str) -> Delivery:
    way = {"topic": "t", "client_id": "c", "format": {"kind": kind}}
    return Delivery.model_validate({"server": "broker", "mqtt": way})


def deliveries() -> Iterator[tuple[str, Delivery, bytes]]:
    """Name, way, bytes; each is made when it is asked for."""
    yield "a clean one first", file_delivery(), b"id,name\n1,a\n"
    yield "a stray cell at the far end of a sheet", file_delivery("excel"), _stray_cell()
    yield "a cell repeated a hundred million times", file_delivery("excel"), _repeated_cells()
    yield "a workbook that swells", file_delivery("excel"), _zip(xl__sharedStrings_xml=bytes(600 << 20))
    yield "an archive that swells", file_delivery(way={"file": {"member": "*.csv"}}), _zip(a_csv=bytes(300 << 20))
    yield "a line without end", file_delivery(), b"id,name\n1," + b"x" * (40 << 20) + b"\n2,b\n"
    yield "a quote without end", file_delivery(), b'id,name\n1,"' + b"x,y\n" * (10 << 20)
    yield "a document nested without end", file_delivery("json"), b"[" * (4 << 20)
    yield "a line nested without end", file_delivery("ndjson"), b'{"id":' * (1 << 20) + b"\n"
    yield "a document too large for one", file_delivery("json"), b"[" + b" " * (100 << 20) + b"]"
    yield "a bundle too large for one", file_delivery("fhir", resource_type="X"), b'\n{"entry": "' + b" " * (100 << 20)
    yield "a message that swells", _broker("ndjson"), _message(gzip.compress(bytes(400 << 20), mtime=0))
    yield "a block of one value", _broker("parquet"), _message(_long_column())


def main() -> None:
    """Admit each, print its outcome."""
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, way, body) in enumerate(deliveries()):
            place = Path(folder) / str(number)
            admission = admitted(place, TWO, way, body, names=["hostile"]).admission
            told = admission.reason_zh or ""
            line = [name, admission.status, told, admission.rows_rejected, _peak()]
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
            sys.stdout.flush()


def _peak() -> int:
    """Of this program alone: `ru_maxrss` would begin with the peak of the process that started it."""
    status = Path("/proc/self/status").read_text("ascii", "replace")
    return int(status.split("VmHWM:")[1].split()[0]) >> 10  # Linux tells kB


if __name__ == "__main__":
    main()
