"""The ledger: what was delivered, decided, checked and published, and when.

Belongs here: the tables, the typed ways to write and read them, and their export for dbt. Does not belong here: any
decision (admission is `sources`, publishing is `warehouse.publish`), any data row.
"""

from warehouse.ledger.access import LedgerUnreadable
from warehouse.ledger.audit import Audit, Damage
from warehouse.ledger.corrections import BatchCorrection
from warehouse.ledger.notifications import Notification
from warehouse.ledger.owner_actions import ActionRefused, NewOwnerAction, OwnerAction, OwnerCorrection
from warehouse.ledger.records import (
    Batch,
    BatchEnvelope,
    BatchFile,
    BatchMode,
    BatchStatus,
    CheckResult,
    FeedContract,
    NewRevision,
    PartitionChange,
    PartitionRows,
    PullProblem,
    RejectReason,
    Revision,
    Run,
    Seal,
    Snapshot,
    Treatment,
    WaitingDelivery,
)
from warehouse.ledger.sign_offs import NewSignOff, SignedFacts, SignOff
from warehouse.ledger.store import Ledger, LedgerTransaction

__all__ = [
    "ActionRefused",
    "Audit",
    "Batch",
    "BatchCorrection",
    "BatchEnvelope",
    "BatchFile",
    "BatchMode",
    "BatchStatus",
    "CheckResult",
    "Damage",
    "FeedContract",
    "Ledger",
    "LedgerTransaction",
    "LedgerUnreadable",
    "NewOwnerAction",
    "NewRevision",
    "NewSignOff",
    "Notification",
    "OwnerAction",
    "OwnerCorrection",
    "PartitionChange",
    "PartitionRows",
    "PullProblem",
    "RejectReason",
    "Revision",
    "Run",
    "Seal",
    "SignOff",
    "SignedFacts",
    "Snapshot",
    "Treatment",
    "WaitingDelivery",
]
