"""Requests of a small REST source for tests, and what its offers bring.

Belongs here: pages of a list, a pull request for them, the records that came. Does not belong here: the server
(`rest_source.py`).
"""

from __future__ import annotations

import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

from sources.connectors.offer import Offer, PullRequest
from tests.sources.connector_requests import fetch, pull_request
from tests.sources.rest_source import Answer, RestSource

ROWS = [{"id": str(number)} for number in range(25)]
PAGES = {"kind": "page", "size": 10, "total_at": "data.total"}
JUNE = date(2023, 6, 1)


def page(query: dict[str, str], rows: list[dict[str, str]] = ROWS, **more: Any) -> Answer:
    number, size = int(query["pageNo"]), int(query["pageSize"])
    return 200, {}, {"code": 0, "data": {"list": rows[(number - 1) * size : number * size], "total": len(rows), **more}}


def request(tmp_path: Path, source: RestSource, rest: dict[str, Any], **more: Any) -> PullRequest:
    connection: dict[str, Any] = {"connector": "rest", "timeout_seconds": 5}
    connection |= more.pop("connection", {})
    rest = {"path": "/loans", "records_at": "data.list", "windowed": False} | rest
    delivery = {"mode": "delta", "rest": rest}
    return pull_request(tmp_path, delivery, location=source.url, connection=connection, **more)


def bodies(offer: Offer) -> list[Any]:
    with zipfile.ZipFile(fetch(offer).files[0].path) as archive:
        return [json.loads(archive.read(name)) for name in archive.namelist()]


def ids(offer: Offer) -> list[str]:
    return [row["id"] for body in bodies(offer) for row in body["data"]["list"]]
