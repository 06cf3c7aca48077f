"""A workbook checked at once, by the same admission as any delivery, in a place that is thrown away.

Belongs here: what the check tells the owner. Does not belong here: judging rows (`sources/admission`), keeping a
correction (`inbox.py`). It reads the ledger and the landed bytes, and writes nothing but its own scratch folder: the
build database and the ledger are never touched, and no run is waited for.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from sources.admission.correcting import CorrectionOutcome
from sources.admission.delivered_texts import Place
from sources.admission.duplicates import HARMLESS
from sources.admission.gate import admit, delivered_rows
from sources.admission.outcome import Admission, LandedFile
from sources.contract.feed import Feed
from sources.correction.corrected_batch import CorrectedBatch, NotCorrectable, corrected_batch
from sources.correction.failing import failing_rows, parquet_rows
from sources.correction.inbox import put
from sources.correction.workbook import (
    WorkbookReference,
    WorkbookRow,
    workbook_reference,
    write_workbook,
)
from warehouse.clock import now
from warehouse.home import Home
from warehouse.ledger import BatchEnvelope, Ledger, RejectReason
from warehouse.ledger.owner_actions import MOST_NAME_LETTERS, ActorSource
from warehouse.owner_desk.corrections import Remark

_SCRATCH = ".check-"
# A check takes seconds; what is older was left behind by one that was killed.
_FORGOTTEN_SECONDS = 3600
# Lines of a report: what a person works through before he checks again.
_TOLD = 200


@dataclass(frozen=True, slots=True)
class Precheck:
    """What would become of the correction. `ready`: it would be admitted, and no corrected row fails a rule.

    `problems` stand against it, `warnings` do not (checks that admit with a warning). `rows_rejected_before` and
    `rows_rejected` count rows of the whole batch that somebody could still correct.
    """

    batch_id: str
    feed: str
    entity: str
    ready: bool
    rows_corrected: int
    rows_removed: int
    rows_admitted: int
    rows_rejected_before: int
    rows_rejected: int
    problems: tuple[Remark, ...]
    warnings: tuple[Remark, ...]
    reason_zh: str | None = None
    reason_en: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def make_workbook(
    home: Home,
    ledger: Ledger,
    batch_id: str,
    target: Path,
    *,
    check_key: str | None = None,
    feeds: Mapping[str, Feed] | None = None,
) -> int:
    """Write the workbook of a batch's failing rows to `target`; gives their number. Raises NotCorrectable."""
    of = corrected_batch(home, ledger, batch_id, feeds)
    failing = failing_rows(home, ledger, of, check_key=check_key)
    with _scratch(home) as scratch:
        found = delivered_rows(
            home=home,
            feed=of.feed,
            entity=of.entity,
            delivery=of.delivery,
            files=of.files,
            envelope=_envelope(of),
            scratch=scratch,
            places=list(failing),
            workbooks=of.workbooks,
        )
    rows = [
        WorkbookRow(place, of.file_name(place.file), tuple(reasons), found[place])
        for place, reasons in failing.items()
        if place in found
    ]
    if not rows:
        raise NotCorrectable(
            f"批次 {batch_id} 没有可以逐行更正的行：问题在整份文件，或该行无法拆分成字段。请更正原文件后整份重报。",
            f"Batch {batch_id} has no rows that could be corrected one by one: the whole file is at fault, or the rows "
            "cannot be split into fields. Mend the file and send it whole.",
        )
    write_workbook(target, WorkbookReference(batch_id, of.feed.name, of.entity.name), of.entity, rows)
    return len(rows)


def precheck(home: Home, ledger: Ledger, workbook: Path, *, feeds: Mapping[str, Feed] | None = None) -> Precheck:
    """Check an uploaded workbook. Raises NotCorrectable, and UnreadableDelivery for what is no workbook of ours."""
    reference = workbook_reference(workbook)
    of = corrected_batch(home, ledger, reference.batch_id, feeds)
    content = workbook.read_bytes()
    landed = LandedFile(
        len(of.files) + len(of.workbooks), workbook.name, workbook, hashlib.sha256(content).hexdigest(), len(content)
    )
    with _scratch(home) as scratch:
        admission = admit(
            home=home,
            feed=of.feed,
            entity=of.entity,
            delivery=of.delivery,
            files=of.files,
            envelope=_envelope(of),
            workspace=scratch,
            workbooks=(*of.workbooks, landed),
        )
        return _told(of, admission, scratch, rejected_before=_at_fault(ledger.rejects(reference.batch_id)))


def _at_fault(reasons: Iterable[RejectReason]) -> int:
    """Rejected rows but those that admission settled by itself: of two alike one, of two versions the older."""
    return sum(reason.rows for reason in reasons if reason.reason_code not in HARMLESS)


def _told(of: CorrectedBatch, admission: Admission, scratch: Path, *, rejected_before: int) -> Precheck:
    outcome = admission.correction or CorrectionOutcome()
    problems = [
        Remark(problem.line, of.batch.file_name, None, None, problem.field, problem.zh, problem.en)
        for problem in outcome.problems
    ]
    problems += _rejected(of, outcome, scratch)
    warnings = list(_found_by_checks(of, outcome, admission, scratch))
    if not problems and not outcome.changed and not outcome.removed:
        problems.append(
            Remark(
                None, of.batch.file_name, None, None, None,
                "更正表与原文件相同，没有任何更正；请先更正再上传",
                "The workbook says what the file says: nothing is corrected yet",
            )
        )  # fmt: skip
    held = admission.status == "held" and not outcome.problems
    return Precheck(
        batch_id=of.batch.batch_id,
        feed=of.feed.name,
        entity=of.entity.name,
        ready=admission.status == "admitted" and not problems,
        rows_corrected=len(outcome.changed),
        rows_removed=len(outcome.removed),
        rows_admitted=admission.rows_admitted,
        rows_rejected_before=rejected_before,
        rows_rejected=_at_fault(admission.reject_reasons),
        problems=tuple(problems[:_TOLD]),
        warnings=tuple(warnings[:_TOLD]),
        reason_zh=admission.reason_zh if held else None,
        reason_en=admission.reason_en if held else None,
    )


def _rejected(of: CorrectedBatch, outcome: CorrectionOutcome, scratch: Path) -> Iterator[Remark]:
    """Corrected rows that admission still rejects."""
    for row in parquet_rows(scratch / "rejects.parquet"):
        line = _line(outcome, row)
        if line is not None:
            yield _remark(of, line, row, str(row["reason_zh"]), str(row["reason_en"]))


def _found_by_checks(
    of: CorrectedBatch, outcome: CorrectionOutcome, admission: Admission, scratch: Path
) -> Iterator[Remark]:
    """Corrected rows that a check still finds; when it blocks, the reason of the batch says so too."""
    for check in admission.checks:
        if check.outcome != "PASSED" and check.failed_rows_file is not None:
            for row in parquet_rows(scratch / "failed_rows" / check.failed_rows_file.name):
                line = _line(outcome, row)
                if line is not None:
                    yield _remark(of, line, row, check.spec.name_zh, check.spec.name_en)


def _line(outcome: CorrectionOutcome, row: Mapping[str, Any]) -> int | None:
    file, sheet, number = row.get("_file"), row.get("_sheet"), row.get("_row")
    if file is None or number is None:
        return None
    for known in (Place(int(file), sheet, int(number)), Place(int(file), None, int(number))):
        if known in outcome.changed:
            return outcome.changed[known]
    return next(
        (
            line
            for place, line in outcome.changed.items()
            if sheet is None and (place.file, place.row) == (file, number)
        ),
        None,
    )


def _remark(of: CorrectedBatch, line: int, row: Mapping[str, Any], zh: str, en: str) -> Remark:
    return Remark(line, of.file_name(row["_file"]), row.get("_sheet"), row["_row"], row.get("field"), zh, en)


def _envelope(of: CorrectedBatch) -> BatchEnvelope:
    known = {item.name: getattr(of.batch, item.name) for item in fields(BatchEnvelope)}
    return replace(BatchEnvelope(**known), contract_sha256=of.feed.contract_sha256)


def send(
    home: Home,
    ledger: Ledger,
    workbook: Path,
    *,
    file_name: str,
    sent_by: str,
    sender_source: ActorSource,
    feeds: Mapping[str, Feed] | None = None,
) -> Precheck:
    """Check a workbook once more and, when it is ready, leave it for the next pull of its feed.

    Raises as `precheck`, and NotCorrectable without a name.
    """
    if not sent_by.strip() or len(sent_by) > MOST_NAME_LETTERS:
        raise NotCorrectable(
            f"请填写姓名（不超过 {MOST_NAME_LETTERS} 字）：更正批次要记录由谁提交。",
            f"Give your name (at most {MOST_NAME_LETTERS} letters): a correction is kept with who sent it.",
        )
    checked = precheck(home, ledger, workbook, feeds=feeds)
    if checked.ready:
        put(
            home,
            checked.feed,
            checked.entity,
            workbook,
            corrects=checked.batch_id,
            file_name=Path(file_name).name,
            sent_by=sent_by.strip(),
            sender_source=sender_source,
            sent_at=now(),
            rows_corrected=checked.rows_corrected,
            rows_removed=checked.rows_removed,
        )
    return checked


@contextmanager
def _scratch(home: Home) -> Iterator[Path]:
    """A folder of this check alone (mode 0700: delivered values lie there in clear), gone afterwards."""
    home.corrections.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in home.corrections.glob(f"{_SCRATCH}*"):
        if time.time() - old.stat().st_mtime > _FORGOTTEN_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=home.corrections, prefix=_SCRATCH) as folder:
        yield Path(folder)
