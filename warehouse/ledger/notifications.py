"""The delivery log of notifications, in the ledger.

Belongs here: the record, claiming an attempt, its outcome, and what was told before. Does not belong here: what is
to be told to whom, sending (`warehouse.notify`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from warehouse.ledger.access import Access, columns_of, insert, row_of
from warehouse.ledger.schema.notifications import notification

NotificationKind = Literal["cause", "digest"]
AttemptState = Literal["begun", "sent", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One row of the log. `target` is recipient and channel as a key, `channel` what a person calls it, `parts` what
    the message is about: it is told once to a target."""

    message_key: str
    target: str
    recipient: str
    channel: str
    kind: NotificationKind
    parts: Sequence[str]
    title: str
    body: str
    state: AttemptState
    at: datetime
    error: str | None = None


class NotificationMethods(Access):
    """Ledger methods about notifications."""

    def claim_notification(self, message: Notification) -> bool:
        """Append the beginning of an attempt; False, and no effect, when this message was begun or sent already (by
        another process, or before a crash). A failed one may be begun again."""
        with self._writing() as connection:
            last = connection.execute(
                sa.select(notification.c.state)
                .where(notification.c.message_key == message.message_key)
                .order_by(notification.c.seq.desc())
                .limit(1)
            ).scalar()
            if last in ("begun", "sent"):
                return False
            insert(connection, notification, [row_of(message) | {"state": "begun", "error": None}])
            return True

    def record_notification(self, message: Notification) -> None:
        """Append the outcome of an attempt."""
        with self._writing() as connection:
            insert(connection, notification, [row_of(message)])

    def notifications(self, *, target: str | None = None) -> list[Notification]:
        """The log of one target or of all, oldest first."""
        statement = sa.select(*columns_of(notification, "seq")).order_by(notification.c.seq)
        return self._records(Notification, statement if target is None else statement.filter_by(target=target))
