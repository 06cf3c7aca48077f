"""Tables of the ledger: results of checks."""

from __future__ import annotations

import sqlalchemy as sa

from warehouse.ledger.schema.columns import metadata, one_of, text, time, whole

check_result = sa.Table(
    "check_result",
    metadata,
    sa.Column("check_result_id", sa.Text, primary_key=True),
    text("run_id"),
    text("scope"),
    text("feed", null=True),
    text("entity", null=True),
    text("indicator_code", null=True),
    sa.Column("batch_id", sa.Text, sa.ForeignKey("batch.batch_id"), nullable=True, index=True),
    text("check_key"),
    text("column_name", null=True),
    text("name_zh"),
    text("name_en"),
    text("dimension"),
    text("severity"),
    sa.Column("blocking", sa.Boolean, nullable=False),
    text("owner", null=True),
    text("outcome"),
    sa.Column("measured", sa.Double, nullable=True),
    text("threshold", null=True),
    whole("failed_rows", null=True),
    text("failed_rows_file", null=True),
    text("reason", null=True),
    text("errors", null=True),
    time("evaluated_at"),
    whole("rows_tested", null=True),
    whole("rows_satisfied", null=True),
    one_of("scope", "feed", "published"),
    one_of("severity", "error", "warning"),
    one_of("outcome", "PASSED", "WARN", "FAILED", "NOT_EVALUATED"),
    sa.Index("check_result_run", "run_id"),
    sa.Index("check_result_newest", "feed", "entity", "check_key", "evaluated_at"),
)
