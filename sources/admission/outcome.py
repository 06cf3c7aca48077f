"""What goes into admission and what comes out of it.

Belongs here: plain records. Does not belong here: deciding anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from sources.admission.correcting import CorrectionOutcome
from warehouse.checks.outcome import CheckOutcome
from warehouse.ledger.corrections import BatchCorrection
from warehouse.ledger.records import BatchMode, RejectReason, Treatment
from warehouse.ledger.statistics import ColumnStatistic

AdmissionStatus = Literal["admitted", "held"]


@dataclass(frozen=True, slots=True)
class LandedFile:
    """One landed file of a batch. `position` numbers the files of the batch from 0; `path` holds the bytes."""

    position: int
    file_name: str
    path: Path
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Admission:
    """The verdict on one batch. Rows are those of this entity: `rows_read = rows_admitted + rows_rejected`.

    `partitions` and `rejected_partitions` count rows by `dt` (district-local); rejected rows without a readable day are
    in `rows_rejected` only. `reject_reasons` counts each rejected row once, under its first reason, so that they add up
    to `rows_rejected`. `rows_declared` is what the delivery says of itself (envelope, manifest), before any filter.
    `mode` is what a manifest inside the file says, None when nothing does.
    """

    status: AdmissionStatus
    rows_read: int = 0
    rows_admitted: int = 0
    rows_rejected: int = 0
    rows_declared: int | None = None
    partitions: Mapping[date, int] = field(default_factory=dict)
    rejected_partitions: Mapping[date, int] = field(default_factory=dict)
    encoding_detected: str | None = None
    mode: BatchMode | None = None
    reject_reasons: tuple[RejectReason, ...] = ()
    checks: tuple[CheckOutcome, ...] = ()
    statistics: tuple[ColumnStatistic, ...] = ()
    corrections: tuple[BatchCorrection, ...] = ()
    reason_zh: str | None = None
    reason_en: str | None = None
    treatments: tuple[Treatment, ...] = ()
    """What was done without rejecting anything: totals left out, units converted, extra columns seen. One a code and
    column."""
    correction: CorrectionOutcome | None = None
    """What the owner's workbook did, where the batch is a correction."""
    seconds: Mapping[str, float] = field(default_factory=dict, compare=False)
    """Wall time by step (`sources/step_times.py`)."""
