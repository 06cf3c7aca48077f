"""Tables of the ledger: who signed which figure, what ended a signature, and figures that wait for signatures."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from warehouse.ledger.schema.columns import APPEND_ONLY, SEQUENCE, metadata, one_of, text, time, whole


def _figure() -> list[sa.Column[Any]]:
    """A figure of the district, and what a signature covers of it (`warehouse.sign_off.digest`)."""
    return [
        text("indicator_code"),
        text("period_type"),
        sa.Column("period_start", sa.Date, nullable=False),
        sa.Column("period_end", sa.Date, nullable=False),
        text("area_code"),
        whole("definition_version"),
        sa.Column("value", sa.Double, nullable=True),
        sa.Column("numerator", sa.Double, nullable=True),
        sa.Column("denominator", sa.Double, nullable=True),
        text("evidence_sha256"),
        text("checks_sha256"),
        text("digest"),
    ]


# A void has the facts that ended the signatures before it, and its cause; `name` is then the program.
sign_off = sa.Table(
    "sign_off",
    metadata,
    sa.Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
    text("event"),
    *_figure(),
    text("name"),
    text("office", null=True),
    text("note", null=True),
    time("signed_at"),
    sa.Column("valid_until", sa.Date, nullable=True),  # inclusive, district-local; NULL = without end
    text("snapshot_id", null=True),  # what the signer saw, or the publication that recorded the void
    text("cause_zh", null=True),
    text("cause_en", null=True),
    text("previous_hash", null=True),  # the chain: `sealing.py`
    text("row_hash", null=True),
    one_of("event", "prepared", "confirmed", "reviewed", "voided"),
    sa.Index("sign_off_figure", "indicator_code", "period_type", "period_start", "area_code"),
    info=APPEND_ONLY,
)

# What the last publication kept back because signatures were lacking. Each writes it anew, so it is neither chained nor
# sealed: a signature keeps its own copy, and that is compared again before anything is published.
withheld_figure = sa.Table(
    "withheld_figure",
    metadata,
    sa.Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
    *_figure(),
    time("withheld_at"),
)
