"""Deliveries that are there but not whole: how long that is usual, and what is said once it is not.

Belongs here: the patience with a delivery whose control file has not come. Does not belong here: finding it
(`connectors/files.py`), deadlines (`warehouse.calendar`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sources.connectors.offer import Waiting
from sources.contract.feed import Entity
from sources.contract.settings import Delivery
from warehouse.calendar import due_at
from warehouse.ledger import WaitingDelivery

# The largest honest delivery (1 GB) over a line of 10 Mbit/s takes a quarter of an hour; a resend of an old period,
# whose deadline is long past, has this time too.
_LONGEST_UPLOAD = timedelta(hours=1)
# Where nothing says when a delivery is due.
_WITHOUT_DEADLINE = timedelta(days=1)


def waiting_delivery(entity: Entity, delivery: Delivery, found: Waiting) -> WaitingDelivery:
    """What the ledger keeps of it."""
    return WaitingDelivery(
        feed=entity.feed,
        entity=entity.name,
        delivery_key=delivery.key,
        file_name=found.file_name,
        waits_for=found.waits_for,
        received_at=found.received_at,
        period_start=found.period_start,
        period_end=found.period_end,
    )


def patience(entity: Entity, waiting: WaitingDelivery, zone: str) -> datetime:
    """Until when (aware) it may stay unfinished: its period's deadline, and the time of an upload in any case."""
    calendar = entity.calendar.model_dump() if entity.calendar is not None else {}
    due = due_at(calendar, waiting.period_end, zone) if calendar and waiting.period_end is not None else None
    if due is None:
        return waiting.received_at + _WITHOUT_DEADLINE
    return max(due, waiting.received_at + _LONGEST_UPLOAD)


def overdue(waiting: WaitingDelivery) -> tuple[str, str]:
    """What is said of it after that, in Chinese and English."""
    return (
        f"文件 {waiting.file_name} 已送达，但控制文件 {waiting.waits_for} 一直没有到，无法确认文件已传完，未接收；"
        "请补传控制文件，或将文件与控制文件一并重传",
        f"file {waiting.file_name} is there, but its control file {waiting.waits_for} has not come, so that nobody "
        "knows whether the file is whole; it was not taken in: upload the control file, or both files again",
    )
