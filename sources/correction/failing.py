"""The rows of a batch that its owner should look at: rejected ones, and those that checks found.

Belongs here: gathering them from the restricted files, with their reasons. Does not belong here: their masked samples
for pages (`warehouse.publish.failed_rows`), the workbook.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from sources.admission.delivered_texts import Place
from sources.admission.duplicates import HARMLESS
from sources.correction.corrected_batch import CorrectedBatch
from sources.correction.workbook import MOST_ROWS
from warehouse.home import Home
from warehouse.ledger import CheckResult, Ledger

# Prefix of the subject under which rejected rows stand, as in the public table `failed_row`.
REJECT = "reject."


def failing_rows(
    home: Home, ledger: Ledger, of: CorrectedBatch, *, check_key: str | None = None
) -> dict[Place, list[str]]:
    """Place -> reasons (Chinese) of the rows to correct, in the order of the files; `check_key` (`reject.<code>` for
    rejected rows) limits them to one rule, and no more than a workbook holds are taken. What admission settled by
    itself is left out."""
    batch = of.batch
    found = _Found()
    if check_key is None or check_key.startswith(REJECT):
        rejects = home.rejects / batch.feed / batch.entity / f"{batch.batch_id}.parquet"
        for row in parquet_rows(rejects):
            code = str(row["reason_code"])
            if code not in HARMLESS and check_key in (None, REJECT + code):
                found.add(row, str(row["reason_zh"]))
    for result in _failed_checks(ledger, batch.batch_id):
        if check_key in (None, result.check_key):
            for row in parquet_rows(home.root / str(result.failed_rows_file)):
                found.add(row, result.name_zh)
    return found.in_order()


def _failed_checks(ledger: Ledger, batch_id: str) -> list[CheckResult]:
    newest = {result.check_key: result for result in ledger.check_results(batch_ids=[batch_id])}
    return [result for result in newest.values() if result.outcome != "PASSED" and result.failed_rows_file]


class _Found:
    """Rows found so far, by file and number: what a check found names no sheet."""

    def __init__(self) -> None:
        self._rows: dict[tuple[int, int], tuple[Place, list[str]]] = {}

    def add(self, row: Mapping[str, Any], reason: str) -> None:
        """Add a reason against a row. A check over many rows finds groups, not rows: those have no place."""
        file, number = row.get("_file"), row.get("_row")
        if file is None or number is None:
            return
        if (file, number) not in self._rows and len(self._rows) == MOST_ROWS:
            return
        place = Place(int(file), row.get("_sheet"), int(number))
        reasons = self._rows.setdefault((file, number), (place, []))[1]
        if reason not in reasons:
            reasons.append(reason)

    def in_order(self) -> dict[Place, list[str]]:
        """As the files have them."""
        return {place: reasons for _, (place, reasons) in sorted(self._rows.items(), key=lambda found: found[0])}


def parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of a restricted file; none when it is gone: such rows expire."""
    if path.is_file():
        for part in pq.ParquetFile(path).iter_batches():
            yield from part.to_pylist()
