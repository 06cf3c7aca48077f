"""Tables of the ledger: what reading mended in a batch, and what it let pass with a remark.

Does not belong here: rejected rows and held batches (`deliveries.py`), results of checks (`checks.py`).
"""

from __future__ import annotations

import sqlalchemy as sa

from warehouse.ledger.schema.columns import metadata, one_of, text, whole

# Written anew when a held batch is decided anew, so not append-only; the batch's seal vouches for it.
batch_treatment = sa.Table(
    "batch_treatment",
    metadata,
    sa.Column("batch_id", sa.Text, sa.ForeignKey("batch.batch_id"), primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("column_name", sa.Text, primary_key=True),  # '': the file or the row as a whole
    text("treatment"),
    whole("rows"),
    text("example"),  # a place (file, sheet, row), never a value
    text("text_zh"),
    text("text_en"),
    one_of("treatment", "repaired", "flagged"),
)
