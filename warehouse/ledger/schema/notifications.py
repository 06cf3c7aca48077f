"""Tables of the ledger: the delivery log of notifications.

Two rows an attempt: `begun` before anything is sent, then `sent` or `failed`. An attempt that only begun was cut off by
a crash: whether it arrived nobody knows, and it is not sent again. Never an address or a secret: `channel` names where
to without either.
"""

from __future__ import annotations

import sqlalchemy as sa

from warehouse.ledger.schema.columns import APPEND_ONLY, SEQUENCE, metadata, one_of, text, time

notification = sa.Table(
    "notification",
    metadata,
    sa.Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
    text("message_key"),
    text("target"),
    text("recipient"),
    text("channel"),
    text("kind"),
    sa.Column("parts", sa.JSON, nullable=False),
    text("title"),
    text("body"),
    text("state"),
    text("error", null=True),
    time("at"),
    one_of("kind", "cause", "digest"),
    one_of("state", "begun", "sent", "failed"),
    sa.Index("notification_message", "message_key"),
    sa.Index("notification_target", "target"),
    info=APPEND_ONLY,
)
