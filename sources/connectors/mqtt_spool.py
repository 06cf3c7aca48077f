"""Messages kept on disk between the broker letting them go and the ledger having their batch.

Belongs here: appending durably, reading back what a crash left, and packing them into the file that is landed.
Does not belong here: the broker (`mqtt.py`), what is inside a message (`sources/reading/messages.py`).
"""

from __future__ import annotations

import os
import struct
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

# Lengths of topic and payload, reception time (microseconds since 1970, UTC), check sum of both texts.
_HEAD = struct.Struct("<IIqI")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SCHEMA = pa.schema([("topic", pa.string()), ("received_at", pa.timestamp("us", "UTC")), ("payload", pa.binary())])


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it came; `received_at` is UTC."""

    topic: str
    received_at: datetime
    payload: bytes


class Spool:
    """The messages of one delivery. One writer at a time; a half-written last message of a crash is cut off."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "messages"
        self._writer: BinaryIO | None = None
        self.count = 0
        self.bytes = 0
        end = 0
        for offset, message in _frames(self._path):
            end = offset
            self._counted(message)
        if self._path.exists() and self._path.stat().st_size > end:
            os.truncate(self._path, end)

    def append(self, message: Message) -> None:
        """Add a message; it is safe only after `flush`."""
        if self._writer is None:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._writer = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")
        topic = message.topic.encode()
        since = (message.received_at - _EPOCH) // timedelta(microseconds=1)
        check = zlib.crc32(message.payload, zlib.crc32(topic))
        self._writer.write(_HEAD.pack(len(topic), len(message.payload), since, check) + topic + message.payload)
        self._counted(message)

    def flush(self) -> None:
        """Put everything on disk: from here on the source may forget it. Raises OSError when the disk is full."""
        if self._writer is not None:
            self._writer.flush()
            os.fsync(self._writer.fileno())

    def close(self) -> None:
        """Flush and close the file."""
        self.flush()
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def pack(self, workspace: Path) -> Path:
        """All messages as one Parquet file of topic, received_at and payload, byte for byte and in their order."""
        self.close()
        messages = [message for _, message in _frames(self._path)]
        table = pa.table(
            [
                pa.array([message.topic for message in messages], pa.string()),
                pa.array([message.received_at for message in messages], _SCHEMA.field("received_at").type),
                pa.array([message.payload for message in messages], pa.binary()),
            ],
            schema=_SCHEMA,
        )
        workspace.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=workspace, suffix=".parquet", delete=False) as handle:
            path = Path(handle.name)
        # Payloads are packed already, and no two are alike: a dictionary of them would hold each twice.
        pq.write_table(table, path, compression="zstd", use_dictionary=["topic"], write_statistics=False)
        return path

    def clear(self) -> None:
        """Forget everything: a batch of the ledger has it."""
        self.close()
        self._path.unlink(missing_ok=True)
        self.count = self.bytes = 0

    def _counted(self, message: Message) -> None:
        self.count += 1
        self.bytes += len(message.payload)


def _frames(path: Path) -> Iterator[tuple[int, Message]]:
    """Whole messages in their order, each with the offset of its end."""
    if not path.exists():
        return
    end = 0
    with path.open("rb") as file:
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            topic_length, length, since, check = _HEAD.unpack(head)
            body = file.read(topic_length + length)
            if len(body) < topic_length + length or zlib.crc32(body) != check:
                return
            end += _HEAD.size + len(body)
            received_at = _EPOCH + timedelta(microseconds=since)
            yield end, Message(body[:topic_length].decode(), received_at, body[topic_length:])
