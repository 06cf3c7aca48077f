"""Tables of the ledger: what the known errors of a corrections file met in a batch.

A row is part of its batch: it is written with the batch's decision and sealed with it. Never a personal value: the
corrections file may not name one. And which batch takes the place of which, because other corrections concern it than
when it was admitted.
"""

from __future__ import annotations

import sqlalchemy as sa

from warehouse.ledger.schema.columns import APPEND_ONLY, metadata, one_of, text, whole

batch_correction = sa.Table(
    "batch_correction",
    metadata,
    sa.Column("batch_id", sa.Text, sa.ForeignKey("batch.batch_id"), primary_key=True),
    sa.Column("correction", sa.Text, primary_key=True),
    sa.Column("outcome", sa.Text, primary_key=True),
    text("column_name"),
    whole("rows"),
    text("file_name"),
    text("sheet", null=True),
    whole("row_number", null=True),  # of the first of these rows, as a person finds it
    text("expected", null=True),
    text("corrected", null=True),
    text("status"),
    text("reason_zh"),
    text("reason_en"),
    text("who"),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("until", sa.Date, nullable=True),
    one_of("outcome", "applied", "proposed", "returned", "mended", "differs"),
    one_of("status", "proposed", "in_force", "mended", "expired"),
)

batch_restatement = sa.Table(
    "batch_restatement",
    metadata,
    sa.Column("batch_id", sa.Text, sa.ForeignKey("batch.batch_id"), primary_key=True),
    sa.Column("restates", sa.Text, sa.ForeignKey("batch.batch_id"), nullable=False, index=True),
    info=APPEND_ONLY,
)
