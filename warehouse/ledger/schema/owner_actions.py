"""Tables of the ledger: what owners say of their feeds (acknowledged, explained, promised, resolved), and the
corrections that they send.

An action concerns a subject of an entity (`warehouse.ledger.owner_actions` has the words). Rows are never changed: a
newer promise replaces an older one by coming after it.
"""

from __future__ import annotations

import sqlalchemy as sa

from warehouse.ledger.schema.columns import APPEND_ONLY, SEQUENCE, metadata, one_of, text, time

owner_action = sa.Table(
    "owner_action",
    metadata,
    sa.Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
    text("feed"),
    text("entity"),
    text("subject"),
    text("action"),
    text("explanation", null=True),
    sa.Column("promised_on", sa.Date, nullable=True),
    text("actor"),
    text("actor_source"),
    time("at"),
    one_of("action", "acknowledged", "explained", "promised", "resolved"),
    one_of("actor_source", "typed", "proxy", "command"),
    sa.CheckConstraint("(action = 'promised') = (promised_on IS NOT NULL)", name="promise_has_a_day"),
    sa.CheckConstraint("action <> 'explained' OR explanation IS NOT NULL", name="explanation_has_words"),
    sa.Index("owner_action_subject", "feed", "entity", "subject"),
    info=APPEND_ONLY,
)

owner_correction = sa.Table(
    "owner_correction",
    metadata,
    sa.Column("batch_id", sa.Text, sa.ForeignKey("batch.batch_id"), primary_key=True),
    sa.Column("corrects", sa.Text, sa.ForeignKey("batch.batch_id"), nullable=False),
    text("sent_by"),
    text("sender_source"),
    time("sent_at"),
    sa.Column("rows_corrected", sa.BigInteger, nullable=False),
    sa.Column("rows_removed", sa.BigInteger, nullable=False),
    one_of("sender_source", "typed", "proxy", "command"),
    sa.Index("owner_correction_corrects", "corrects"),
    info=APPEND_ONLY,
)
