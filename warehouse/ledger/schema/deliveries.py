"""Tables of the ledger: what came in: batches, their files and days, where a source was left off, contracts."""

from __future__ import annotations

import sqlalchemy as sa

from warehouse.ledger.schema.columns import APPEND_ONLY, SEQUENCE, metadata, one_of, text, time, whole

batch = sa.Table(
    "batch",
    metadata,
    sa.Column("batch_id", sa.Text, primary_key=True),
    text("feed"),
    text("entity"),
    text("source"),
    text("delivery_mode"),
    text("delivery_key"),
    text("file_name"),
    text("sha256"),
    whole("bytes"),
    text("encoding_declared", null=True),
    text("encoding_detected", null=True),
    time("generated_at", null=True),
    time("received_at"),
    time("landed_at"),
    time("decided_at", null=True),
    sa.Column("period_start", sa.Date),
    sa.Column("period_end", sa.Date),
    text("mode"),
    whole("batch_seq", null=True),
    whole("batch_order"),
    whole("rows_declared", null=True),
    text("checksum_declared", null=True),  # algorithm:digits of each file, in their order, by a blank
    whole("rows_read", null=True),
    whole("rows_admitted", null=True),
    whole("rows_rejected", null=True),
    text("status"),
    whole("decision_seq", null=True),
    sa.Column("superseded_by", sa.Text, sa.ForeignKey("batch.batch_id"), nullable=True),
    text("reason_zh", null=True),
    text("reason_en", null=True),
    text("contract_version"),
    text("contract_sha256"),
    text("run_id"),
    sa.Column("simulated", sa.Boolean, nullable=False),
    one_of("status", "landed", "parsed", "admitted", "held", "superseded"),
    one_of("mode", "full", "delta", "correction"),
    sa.UniqueConstraint("decision_seq", name="batch_decision_seq"),
    sa.Index("batch_entity", "feed", "entity", "status"),
    sa.Index("batch_superseded_by", "superseded_by"),
)

batch_file = sa.Table(
    "batch_file",
    metadata,
    sa.Column("batch_id", sa.Text, sa.ForeignKey("batch.batch_id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    text("file_name"),
    text("sha256"),
    whole("bytes"),
    time("modified_at", null=True),
    sa.Index("batch_file_sha256", "sha256"),
)

batch_partition = sa.Table(
    "batch_partition",
    metadata,
    sa.Column("batch_id", sa.Text, sa.ForeignKey("batch.batch_id"), primary_key=True),
    text("feed"),
    text("entity"),
    sa.Column("dt", sa.Date, primary_key=True),
    whole("rows"),
    whole("rows_rejected"),
    text("sha256", null=True),  # of the day's Parquet files; NULL: no rows, or written before hashes were kept
    sa.Index("batch_partition_dt", "feed", "entity", "dt"),
)

partition_change = sa.Table(
    "partition_change",
    metadata,
    sa.Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
    text("feed"),
    text("entity"),
    sa.Column("dt", sa.Date, nullable=False),
    sa.Column("batch_id", sa.Text, sa.ForeignKey("batch.batch_id"), nullable=False),
    text("cause"),
    one_of("cause", "admitted", "superseded"),
    info=APPEND_ONLY,
)

reject_reason = sa.Table(
    "reject_reason",
    metadata,
    sa.Column("batch_id", sa.Text, sa.ForeignKey("batch.batch_id"), primary_key=True),
    sa.Column("reason_code", sa.Text, primary_key=True),
    text("reason_zh"),
    text("reason_en"),
    whole("rows"),
)

# Deliveries that are there but not whole, as the last pull found them.
waiting_delivery = sa.Table(
    "waiting_delivery",
    metadata,
    sa.Column("feed", sa.Text, primary_key=True),
    sa.Column("entity", sa.Text, primary_key=True),
    sa.Column("delivery_key", sa.Text, primary_key=True),
    sa.Column("file_name", sa.Text, primary_key=True),
    text("waits_for"),
    time("received_at"),
    sa.Column("period_start", sa.Date),
    sa.Column("period_end", sa.Date),
)

watermark = sa.Table(
    "watermark",
    metadata,
    sa.Column("feed", sa.Text, primary_key=True),
    sa.Column("entity", sa.Text, primary_key=True),
    sa.Column("delivery_key", sa.Text, primary_key=True),
    text("value"),
)

feed_contract = sa.Table(
    "feed_contract",
    metadata,
    sa.Column("feed", sa.Text, primary_key=True),
    sa.Column("entity", sa.Text, primary_key=True),
    sa.Column("contract_sha256", sa.Text, primary_key=True),
    text("contract_version"),
    text("label_zh"),
    text("label_en"),
    text("feed_label_zh"),
    text("feed_label_en"),
    text("domain"),
    text("department_code"),
    text("department_zh"),
    text("department_en"),
    text("owner"),
    text("history"),
    text("time_zone"),
    sa.Column("calendar", sa.JSON, nullable=False),
    sa.Column("fields", sa.JSON, nullable=False),
    # Reason code of a rejected row -> dimension of GB/T 36344; NULL: registered before this was kept.
    sa.Column("reject_dimensions", sa.JSON, nullable=True),
    sa.Column("delivered", sa.Boolean, nullable=False),
    sa.Column("simulated", sa.Boolean, nullable=False),
    sa.Column("current", sa.Boolean, nullable=False),  # of all contracts an entity ever had, the one in force
    time("registered_at"),
)

pull_problem = sa.Table(
    "pull_problem",
    metadata,
    sa.Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
    text("run_id"),
    text("feed"),
    text("entity", null=True),
    text("text_zh"),
    text("text_en"),
    time("at"),
)
