"""Tables of the ledger: what the measured columns of each batch add up to, for comparison with later batches."""

from __future__ import annotations

import sqlalchemy as sa

from warehouse.ledger.schema.columns import metadata, whole

batch_statistic = sa.Table(
    "batch_statistic",
    metadata,
    sa.Column("batch_id", sa.Text, sa.ForeignKey("batch.batch_id"), primary_key=True),
    sa.Column("column_name", sa.Text, primary_key=True),
    whole("nonzero"),  # admitted values other than zero
    sa.Column("total", sa.Double, nullable=False),
    sa.Column(
        "magnitude", sa.Double, nullable=True
    ),  # mean of the absolute values other than zero; NULL: there is none
)
