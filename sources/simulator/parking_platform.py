"""The parking platform's HTTP interface.

Belongs here: the platform's protocol (paths, paging, everything a string). Does not belong here: tokens and requests
(`token_platform.py`), what the platform holds (`parking_snapshots.py` wrote that), reading the answers
(`sources/connectors/`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from sources.simulator.district import ZONE
from sources.simulator.token_platform import TOKEN_SECONDS, Answer, TokenPlatform

_MAX_PAGE_SIZE = 1000
# Which days' first answers are troubled, and how (`faults/kinds/service.py` writes it beside the folder of snapshots).
TROUBLES = "troubles.json"
_COLUMNS = ("parkId", "uploadTime", "totalSpace", "remainSpace", "receiveTime")


class ParkingPlatform(TokenPlatform):
    """Serves `folder` (one Parquet file a day): `POST /token`, `GET /parking/snapshots`.

    Answers are `{"code": "0", "msg": "ok", "data": {...}}`; other codes say what was wrong.
    """

    def __init__(self, folder: Path, *, port: int = 0, token_seconds: float = TOKEN_SECONDS) -> None:
        super().__init__(port=port, token_seconds=token_seconds)
        self.folder = folder
        plan = folder.parent / TROUBLES
        self._troubles: dict[str, list[str]] = json.loads(plan.read_text(encoding="utf-8")) if plan.is_file() else {}

    def records(self, begin_ms: int, end_ms: int) -> tuple[list[str], float]:
        """JSON objects of the uploads with begin <= upload time < end, and when they were complete (seconds, 1970)."""
        first = datetime.fromtimestamp(begin_ms / 1000, ZONE).date()
        last = datetime.fromtimestamp((end_ms - 1) / 1000, ZONE).date()
        found: list[str] = []
        complete_at = end_ms / 1000
        day = first
        while day <= last:
            path = self.folder / f"{day.isoformat()}.parquet"
            if path.is_file():
                complete_at = max(complete_at, path.stat().st_mtime)
                times, objects = _day(path, path.stat().st_mtime_ns)
                found += [text for at, text in zip(times, objects, strict=True) if begin_ms <= at < end_ms]
            day += timedelta(days=1)
        return found, complete_at

    def post(self, path: str, body: Mapping[str, Any] | None) -> Answer:
        """A token for those who name themselves."""
        if path != "/token":
            return _failure(HTTPStatus.NOT_FOUND, "404", "no such path")
        if body is None:
            return _failure(HTTPStatus.BAD_REQUEST, "400", "body is no JSON object")
        if not body.get("appId") or not body.get("appSecret"):
            return _failure(HTTPStatus.UNAUTHORIZED, "401", "appId or appSecret missing")
        expires = str(int(self.token_seconds))
        return _success(json.dumps({"token": self.issue_token(), "expiresIn": expires}))

    def get(self, path: str, query: Mapping[str, str], *, authorised: bool) -> Answer:
        """One page of a window's uploads."""
        if path != "/parking/snapshots":
            return _failure(HTTPStatus.NOT_FOUND, "404", "no such path")
        if not authorised:
            return _failure(HTTPStatus.UNAUTHORIZED, "401", "token missing or expired")
        try:
            begin, end = int(query["beginTime"]), int(query["endTime"])
            page, size = int(query.get("page", "1")), int(query.get("pageSize", "100"))
        except (KeyError, ValueError):
            return _failure(HTTPStatus.BAD_REQUEST, "1001", "beginTime, endTime, page, pageSize must be integers")
        if not (begin < end and page >= 1 and 1 <= size <= _MAX_PAGE_SIZE):
            return _failure(HTTPStatus.BAD_REQUEST, "1002", f"empty window, or pageSize not in 1..{_MAX_PAGE_SIZE}")
        records, complete_at = self.records(begin, end)
        total = len(records)
        match self._trouble(begin):
            case "too_many_requests":
                return _failure(HTTPStatus.TOO_MANY_REQUESTS, "429", "too many requests")
            case "unavailable":
                return _failure(HTTPStatus.SERVICE_UNAVAILABLE, "503", "maintenance")
            case "token_expired":
                return _failure(HTTPStatus.UNAUTHORIZED, "401", "token missing or expired")
            case "page_drift":
                total += 1  # an upload that is withdrawn before the next page is asked for
        chosen = records[(page - 1) * size : page * size]
        return _success(
            f'{{"total":"{total}","page":"{page}","pageSize":"{size}","generatedAt":"{int(complete_at * 1000)}",'
            f'"list":[{",".join(chosen)}]}}'
        )

    def _trouble(self, begin_ms: int) -> str | None:
        """The next trouble of the day asked for; each is had once."""
        day = datetime.fromtimestamp(begin_ms / 1000, ZONE).date().isoformat()
        waiting = self._troubles.get(day)
        return waiting.pop(0) if waiting else None


def _success(data: str) -> Answer:
    return HTTPStatus.OK, f'{{"code":"0","msg":"ok","data":{data}}}'


def _failure(status: HTTPStatus, code: str, message: str) -> Answer:
    return status, json.dumps({"code": code, "msg": message, "data": None})


# A day is asked for page by page; a few days suffice because a pull goes forward in time.
@lru_cache(maxsize=4)
def _day(path: Path, _modified: int) -> tuple[list[int], list[str]]:
    """Upload times and JSON objects of a day's file; every value is a string, as the platform's vendor writes it."""
    table = pa.parquet.read_table(path, columns=list(_COLUMNS))
    parts: list[pa.Array | pa.Scalar] = []
    for number, name in enumerate(_COLUMNS):
        parts += [pa.scalar(("{" if number == 0 else '",') + f'"{name}":"'), table[name].cast(pa.string())]
    objects = pc.binary_join_element_wise(*parts, pa.scalar('"}'), "")
    return table["uploadTime"].to_pylist(), objects.to_pylist()
