"""The rows of the ledger as frozen dataclasses.

Belongs here: plain records; field names are the column names of `schema.py`. Times are aware (UTC in storage), dates
are district-local. Does not belong here: SQL, behaviour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

BatchStatus = Literal["landed", "parsed", "admitted", "held", "superseded"]
BatchMode = Literal["full", "delta", "correction"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEnvelope:
    """What is known of a delivery when its bytes have landed.

    `source` is where it came from (server name and location without secrets), `delivery_mode` how it came
    ('files', 'rest', 'sql'), `delivery_key` which delivery of the contract brought it. `sha256` is the hash of the
    bytes; for a batch of many files the hash of their hashes. `batch_order`: larger = later delivered.
    `period_start` and `period_end` (both inclusive, district-local) are the data's period, None while unknown.
    """

    batch_id: str
    feed: str
    entity: str
    source: str
    delivery_mode: str
    delivery_key: str
    file_name: str
    sha256: str
    bytes: int
    received_at: datetime
    landed_at: datetime
    mode: BatchMode
    batch_order: int
    contract_version: str
    contract_sha256: str
    run_id: str
    simulated: bool
    encoding_declared: str | None = None
    generated_at: datetime | None = None
    period_start: date | None = None
    period_end: date | None = None
    batch_seq: int | None = None
    rows_declared: int | None = None
    checksum_declared: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch(BatchEnvelope):
    """A batch as the ledger has it now. `supersedes` lists the batches that it replaced."""

    status: BatchStatus
    encoding_detected: str | None = None
    rows_read: int | None = None
    rows_admitted: int | None = None
    rows_rejected: int | None = None
    reason_zh: str | None = None
    reason_en: str | None = None
    decided_at: datetime | None = None
    decision_seq: int | None = None
    superseded_by: str | None = None
    supersedes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchFile:
    """One landed file of a batch. `modified_at` is the time that the source gave the file, if it gave one."""

    file_name: str
    sha256: str
    bytes: int
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PartitionRows:
    """How many rows of a batch fall on the day `dt`; rejected rows without a readable day count in the batch alone.

    `sha256` is the hash of the day's Parquet files (`warehouse.fingerprint`); None: no rows, or not kept.
    """

    dt: date
    rows: int
    rows_rejected: int = 0
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class RejectReason:
    """How many rows of a batch were rejected for one reason."""

    reason_code: str
    reason_zh: str
    reason_en: str
    rows: int


@dataclass(frozen=True, slots=True)
class Treatment:
    """What was done to rows of a batch without rejecting them: 'repaired' (a value was read after a defined mending) or
    'flagged' (kept as it is, with a remark).

    `code` is a plain snake_case word of what was seen, `column_name` the field of the contract ('' for the file or the
    row as a whole), `rows` how many rows it concerns (0: the file as such), `example` the place of the first one (file,
    sheet, row; '' when there is none), never a delivered value.
    """

    code: str
    treatment: Literal["repaired", "flagged"]
    column_name: str
    rows: int
    example: str
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class PartitionChange:
    """The admitted rows of a day changed: `cause` is 'admitted' or 'superseded'. `seq` grows with each change."""

    seq: int
    feed: str
    entity: str
    dt: date
    batch_id: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The outcome of one check on one batch (`scope` 'feed') or one published table ('published', `entity` = table).

    `outcome` is PASSED, WARN, FAILED or NOT_EVALUATED; `threshold` is text; `failed_rows_file` is relative to the
    home. `reason` says why the check exists; `errors` what kept it from being evaluated.
    """

    run_id: str
    scope: Literal["feed", "published"]
    check_key: str
    name_zh: str
    name_en: str
    dimension: str
    severity: Literal["error", "warning"]
    blocking: bool
    outcome: Literal["PASSED", "WARN", "FAILED", "NOT_EVALUATED"]
    evaluated_at: datetime
    feed: str | None = None
    entity: str | None = None
    indicator_code: str | None = None
    batch_id: str | None = None
    column_name: str | None = None
    owner: str | None = None
    measured: float | None = None
    threshold: str | None = None
    failed_rows: int | None = None
    failed_rows_file: str | None = None
    reason: str | None = None
    errors: str | None = None
    rows_tested: int | None = None
    rows_satisfied: int | None = None
    check_result_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedContract:
    """One entity as its contract describes it; JSON fields hold plain mappings and lists."""

    feed: str
    entity: str
    contract_sha256: str
    contract_version: str
    label_zh: str
    label_en: str
    feed_label_zh: str
    feed_label_en: str
    domain: str
    department_code: str
    department_zh: str
    department_en: str
    owner: str
    history: str
    time_zone: str
    calendar: dict[str, Any]
    fields: list[dict[str, Any]]
    delivered: bool
    simulated: bool
    registered_at: datetime
    reject_dimensions: dict[str, str] | None = None
    """Reason code of a rejected row -> dimension of GB/T 36344; None where registered before this was kept."""


@dataclass(frozen=True, slots=True)
class WaitingDelivery:
    """A delivery that is there but not whole when it was last looked for: `waits_for` has not come.

    `received_at` is the time of the file; the period as its name states it, None where it states none.
    """

    feed: str
    entity: str
    delivery_key: str
    file_name: str
    waits_for: str
    received_at: datetime
    period_start: date | None = None
    period_end: date | None = None


@dataclass(frozen=True, slots=True)
class PullProblem:
    """Something that kept a feed or entity from being pulled."""

    run_id: str
    feed: str
    entity: str | None
    text_zh: str
    text_en: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the pipeline. `outcome` and `exit_code` are None while it runs, or when it was killed; `feeds` are
    those it asked for deliveries, None = all of them."""

    run_id: str
    started_at: datetime
    as_of: date
    finished_at: datetime | None = None
    outcome: str | None = None
    exit_code: int | None = None
    feeds: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One publication. `state`: 'prepared' until readers were switched to it, then 'published', or 'withdrawn'.

    `file_sha256` is the hash of its file; None: published before hashes were kept.
    """

    snapshot_id: str
    number: int
    as_of: date
    published_at: datetime
    run_id: str
    code_version: str
    state: Literal["prepared", "published", "withdrawn"]
    file_sha256: str | None = None
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRevision:
    """A published figure that is new or differs from the last one published. `value` None: the figure was withdrawn."""

    indicator_code: str
    definition_version: int
    period_type: str
    period_start: date
    period_end: date
    area_code: str
    value: float | None
    numerator: float | None
    denominator: float | None
    previous_value: float | None
    snapshot_id: str
    published_at: datetime
    reason_class: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision(NewRevision):
    """A row of the revision ledger; `seq` grows with each row. The hashes chain the rows (`sealing.py`)."""

    seq: int
    previous_hash: str | None = None
    row_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What a part of the ledger said at one moment, as a hash, chained to the seal before (`sealing.py`).

    `kind` and `subject` name the part, `cause` what had happened; 'adopted': it was there before seals were kept.
    """

    seq: int
    kind: Literal["batch", "checks", "snapshot", "revisions", "sign_offs"]
    subject: str
    cause: str
    content_sha256: str
    sealed_at: datetime
    previous_hash: str
    row_hash: str
