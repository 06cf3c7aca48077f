"""Tables of the ledger: runs, snapshots, revised figures and the chain of seals."""

from __future__ import annotations

import sqlalchemy as sa

from warehouse.ledger.schema.columns import APPEND_ONLY, SEQUENCE, metadata, one_of, text, time, whole

run = sa.Table(
    "run",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    time("started_at"),
    time("finished_at", null=True),
    sa.Column("as_of", sa.Date, nullable=False),
    text("outcome", null=True),
    sa.Column("exit_code", sa.Integer, nullable=True),
    sa.Column("feeds", sa.JSON(none_as_null=True), nullable=True),
)

snapshot = sa.Table(
    "snapshot",
    metadata,
    sa.Column("snapshot_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False, unique=True),
    sa.Column("as_of", sa.Date, nullable=False),
    time("published_at"),
    text("run_id"),
    text("code_version"),
    text("state"),
    text("file_sha256", null=True),  # NULL: published before hashes were kept
    time("withdrawn_at", null=True),
    one_of("state", "prepared", "published", "withdrawn"),
)

revision = sa.Table(
    "revision",
    metadata,
    sa.Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
    text("indicator_code"),
    whole("definition_version"),
    text("period_type"),
    sa.Column("period_start", sa.Date, nullable=False),
    sa.Column("period_end", sa.Date, nullable=False),
    text("area_code"),
    sa.Column("value", sa.Double, nullable=True),
    sa.Column("numerator", sa.Double, nullable=True),
    sa.Column("denominator", sa.Double, nullable=True),
    sa.Column("previous_value", sa.Double, nullable=True),
    sa.Column("snapshot_id", sa.Text, sa.ForeignKey("snapshot.snapshot_id"), nullable=False),
    time("published_at"),
    text("reason_class"),
    text("reason"),
    text("previous_hash", null=True),  # the chain: `sealing.py`
    text("row_hash", null=True),
    sa.Index("revision_figure", "indicator_code", "period_type", "period_start", "area_code"),
    info=APPEND_ONLY,
)

seal = sa.Table(
    "seal",
    metadata,
    sa.Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
    text("kind"),
    text("subject"),
    text("cause"),
    text("content_sha256"),
    time("sealed_at"),
    text("previous_hash"),
    text("row_hash"),
    sa.Index("seal_subject", "kind", "subject"),
    info=APPEND_ONLY,
)
