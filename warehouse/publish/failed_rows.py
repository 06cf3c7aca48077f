"""The public table `failed_row`: masked samples of failing and rejected rows, so that an owner finds them in his file.

Belongs here: choosing the samples and masking. Does not belong here: the rows themselves (restricted folders of the
home). Masking is by permission: only fields that the contract calls public or internal, and that it does not protect,
are shown; a rejected line that could not be split into fields is not shown at all.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from warehouse.home import Home
from warehouse.ledger import Batch, CheckResult, FeedContract, Ledger
from warehouse.publish.snapshot_file import json_text

# Rows of one check or reason in one batch, and batches of one check or reason: what an owner can go through by hand.
# The restricted files hold all.
SAMPLES = 200
BATCHES = 25
MASK = "***"
# Prefix of the check key under which rejected rows stand, before the code of the reason.
REJECT = "reject."
_SHOWN = (None, "", "public", "internal")


@dataclass(frozen=True, slots=True)
class _Failing:
    """One failing row: which check or reject reason, where it stands, what it says."""

    check_key: str
    reason_zh: str
    reason_en: str
    file: int | None
    sheet: str | None
    row: int | None
    values: Mapping[str, Any]


def failed_rows(
    home: Home,
    ledger: Ledger,
    contracts: Sequence[FeedContract],
    batches: Sequence[Batch],
    results: Sequence[CheckResult],
) -> list[dict[str, Any]]:
    """Rows of the public table, newest batches first. A restricted file that is gone is left out: rows expire."""
    shown = {(contract.feed, contract.entity): shown_fields(contract.fields) for contract in contracts}
    failing = _by_batch(results)
    # Reading every batch's rejects to show the newest ones would cost more with each batch that ever came.
    rejecting = ledger.newest_with_rejects(BATCHES)
    taken: Counter[tuple[str, str, str]] = Counter()
    rows: list[dict[str, Any]] = []
    for batch in sorted(batches, key=lambda b: (b.received_at, b.batch_id), reverse=True):
        found = list(_rejected(home, batch)) if batch.batch_id in rejecting else []
        found.extend(row for result in failing.get(batch.batch_id, ()) for row in _failed(home, result))
        numbers: Counter[str] = Counter()
        names = _file_names(ledger, batch) if found else lambda position: None
        for row in found:
            numbers[row.check_key] += 1
            if numbers[row.check_key] == 1:
                taken[batch.feed, batch.entity, row.check_key] += 1
            if numbers[row.check_key] <= SAMPLES and taken[batch.feed, batch.entity, row.check_key] <= BATCHES:
                fields = shown.get((batch.feed, batch.entity), frozenset())
                rows.append(_public(batch, row, numbers[row.check_key], names(row.file), fields))
    return rows


def _by_batch(results: Sequence[CheckResult]) -> dict[str, list[CheckResult]]:
    found: dict[str, list[CheckResult]] = {}
    for result in sorted(results, key=lambda r: r.check_key):
        if result.batch_id is not None and result.failed_rows_file is not None and result.outcome != "PASSED":
            found.setdefault(result.batch_id, []).append(result)
    return found


def _failed(home: Home, result: CheckResult) -> Iterator[_Failing]:
    """Rows that a check of the batch found; typed and protected as in the raw layer."""
    for values in _first_rows(home.root / str(result.failed_rows_file), SAMPLES):
        own = {
            name: value for name, value in values.items() if not name.startswith("_") and name not in ("dt", "batch")
        }
        yield _Failing(
            result.check_key,
            result.name_zh,
            result.name_en,
            values.get("_file"),
            values.get("_sheet"),
            values.get("_row"),
            own,
        )


def _rejected(home: Home, batch: Batch) -> Iterator[_Failing]:
    """Rows that admission rejected, one for each reason; its values are text by field name."""
    path = home.rejects / batch.feed / batch.entity / f"{batch.batch_id}.parquet"
    per_reason: Counter[str] = Counter()
    for values in _first_rows(path, None):
        code = str(values["reason_code"])
        per_reason[code] += 1
        if per_reason[code] <= SAMPLES:
            yield _Failing(
                REJECT + code,
                str(values["reason_zh"]),
                str(values["reason_en"]),
                values["_file"],
                values["_sheet"],
                values["_row"],
                json.loads(values["values_json"]) if values["values_json"] else {},
            )


def _first_rows(path: Path, limit: int | None) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        return
    read = 0
    for part in pq.ParquetFile(path).iter_batches(SAMPLES):
        for values in part.to_pylist():
            if limit is not None and read == limit:
                return
            read += 1
            yield values


def _file_names(ledger: Ledger, batch: Batch) -> Callable[[int | None], str | None]:
    names = [file.file_name for file in ledger.files(batch.batch_id)]
    return lambda position: names[position] if position is not None and position < len(names) else None


def _public(batch: Batch, row: _Failing, number: int, file_name: str | None, shown: frozenset[str]) -> dict[str, Any]:
    return {
        "check_key": row.check_key,
        "batch_id": batch.batch_id,
        "feed": batch.feed,
        "entity": batch.entity,
        "sample_number": number,
        "file_name": file_name or batch.file_name,
        "sheet": row.sheet,
        "row_number": row.row,
        "reason_zh": row.reason_zh,
        "reason_en": row.reason_en,
        "values_json": json_text(
            {name: value if value is None or name in shown else MASK for name, value in row.values.items()}
        ),
    }


def shown_fields(fields: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """The fields of a contract whose values may be shown; all others are masked."""
    return frozenset(
        field["name"] for field in fields if not field.get("protection") and field.get("classification") in _SHOWN
    )
