"""Services that do not answer as they should: too many requests, failures, expired tokens, data that move while paged.

Belongs here: how the simulated platform misbehaves. Does not belong here: what it holds, deleted rows (`deletions.py`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from sources.simulator.faults.deliveries import Deliveries
from sources.simulator.faults.fault import Fault, Injection, Trace
from sources.simulator.parking_platform import TROUBLES

_ANSWERS = ("too_many_requests", "unavailable", "token_expired", "page_drift")


def _troubled(deliveries: Deliveries) -> Sequence[Injection]:
    """One day of the parking platform, asked for the first time, is answered with each trouble once."""
    path = deliveries.take("F32", "parking/platform/snapshots/*.parquet")
    day = date.fromisoformat(path.stem)
    plan = path.parent.parent / TROUBLES
    known = json.loads(plan.read_text(encoding="utf-8")) if plan.exists() else {}
    plan.write_text(json.dumps(known | {day.isoformat(): _ANSWERS}, indent=1) + "\n", encoding="utf-8")
    file = f"prk_snapshot_{day:%Y%m%d}.zip"
    codes = ("source_busy", "source_failed", "token_renewed", "pages_read_again")
    return [
        Injection("F32", "parking", "prk_snapshot", file, f"{day:%Y%m%d}", 1, (Trace("treatment", code),), 0, (answer,))
        for code, answer in zip(codes, _ANSWERS, strict=True)
    ]


FAULTS = (Fault("F32", "接口限流、故障、令牌过期、翻页漂移", "429, 5xx, expired token, page drift", "retried",
                ("parking.prk_snapshot",), _troubled),)  # fmt: skip
