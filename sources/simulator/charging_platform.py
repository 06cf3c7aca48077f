"""The charging platform's HTTP interface, in the manner of T/CEC 102.

Belongs here: paths, envelope (Ret, Msg, Data), paging. Does not belong here: tokens and requests
(`token_platform.py`), what the platform holds (`departments/charging.py` wrote that).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from sources.simulator.token_platform import TOKEN_SECONDS, Answer, TokenPlatform

_MAX_PAGE_SIZE = 500
# Codes of the envelope.
_SUCCESS, _BAD_TOKEN, _BAD_PARAMETERS, _NO_SUCH_PATH = 0, 4002, 4004, 500


class ChargingPlatform(TokenPlatform):
    """Serves `folder` (one JSON file of changed equipment a day): `POST /query_token`, `GET /query_equipments_info`.

    The second gives the whole state: of each equipment the last change. Failures too are HTTP 200, but for tokens.
    """

    def __init__(self, folder: Path, *, port: int = 0, token_seconds: float = TOKEN_SECONDS) -> None:
        super().__init__(port=port, token_seconds=token_seconds)
        self.folder = folder

    def equipment(self) -> list[dict[str, Any]]:
        """Every equipment by id, with its last change."""
        state: dict[str, dict[str, Any]] = {}
        for path in sorted(self.folder.glob("*.json")):
            state |= {item["EquipmentID"]: item for item in json.loads(path.read_text(encoding="utf-8"))}
        return [state[key] for key in sorted(state)]

    def post(self, path: str, body: Mapping[str, Any] | None) -> Answer:
        """A token for an operator that names itself."""
        if path != "/query_token":
            return _answer(_NO_SUCH_PATH, "no such path")
        if not body or not body.get("OperatorID") or not body.get("OperatorSecret"):
            return _answer(_BAD_PARAMETERS, "OperatorID or OperatorSecret missing")
        return _answer(_SUCCESS, "", {"AccessToken": self.issue_token(), "TokenAvailableTime": int(self.token_seconds)})

    def get(self, path: str, query: Mapping[str, str], *, authorised: bool) -> Answer:
        """One page of the equipment."""
        if path != "/query_equipments_info":
            return _answer(_NO_SUCH_PATH, "no such path")
        if not authorised:
            return _answer(_BAD_TOKEN, "token missing or expired", status=HTTPStatus.UNAUTHORIZED)
        try:
            page, size = int(query.get("PageNo", "1")), int(query.get("PageSize", "10"))
        except ValueError:
            return _answer(_BAD_PARAMETERS, "PageNo and PageSize must be integers")
        if not (page >= 1 and 1 <= size <= _MAX_PAGE_SIZE):
            return _answer(_BAD_PARAMETERS, f"PageNo below 1, or PageSize not in 1..{_MAX_PAGE_SIZE}")
        records = self.equipment()
        data = {
            "PageNo": page,
            "PageCount": -(-len(records) // size),
            "ItemSize": len(records),
            "EquipmentInfos": records[(page - 1) * size : page * size],
        }
        return _answer(_SUCCESS, "", data)


def _answer(ret: int, message: str, data: object = None, *, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    return status, json.dumps({"Ret": ret, "Msg": message, "Data": data}, ensure_ascii=False)
