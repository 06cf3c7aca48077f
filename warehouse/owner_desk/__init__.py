"""The owner's desk: the one place where a page causes something (decision 33).

Belongs here: owners' actions in the ledger, and corrections handed to a process of their own. Does not belong here:
pages; parsing and judging (`sources`, in that process); anything about figures. Neither waits for a run: the ledger is
written in milliseconds, and a check reads landed bytes only.
"""

from warehouse.owner_desk.actions import ActionRefused, ActionWord, NewOwnerAction, OwnerAction, Standing, say, standing
from warehouse.owner_desk.corrections import Checked, DeskRefused, Remark, check, send, waiting, workbook

__all__ = [
    "ActionRefused",
    "ActionWord",
    "Checked",
    "DeskRefused",
    "NewOwnerAction",
    "OwnerAction",
    "Remark",
    "Standing",
    "check",
    "say",
    "send",
    "standing",
    "waiting",
    "workbook",
]
