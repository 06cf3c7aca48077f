"""What deciding a batch found in its rows: rejected ones by reason, mended or remarked ones.

Belongs here: finding the records. Does not belong here: keeping them, which is part of deciding (`batches.py`); the
rejected rows themselves (restricted files of the home).
"""

from __future__ import annotations

import sqlalchemy as sa

from warehouse.ledger.access import Access, columns_of
from warehouse.ledger.records import RejectReason, Treatment
from warehouse.ledger.schema.deliveries import batch, reject_reason
from warehouse.ledger.schema.treatments import batch_treatment


class FindingMethods(Access):
    """Ledger methods about rejected and mended rows."""

    def rejects(self, batch_id: str) -> list[RejectReason]:
        """Why rows of a batch were rejected, by reason code."""
        return self._records(
            RejectReason,
            sa.select(*columns_of(reject_reason, "batch_id"))
            .where(reject_reason.c.batch_id == batch_id)
            .order_by(reject_reason.c.reason_code),
        )

    def newest_with_rejects(self, per_reason: int) -> set[str]:
        """Ids of the `per_reason` newest batches, by arrival, of each feed, entity and reason to reject."""
        newest_first = sa.func.row_number().over(
            partition_by=(batch.c.feed, batch.c.entity, reject_reason.c.reason_code),
            order_by=(batch.c.received_at.desc(), batch.c.batch_id.desc()),
        )
        ranked = (
            sa.select(batch.c.batch_id, newest_first.label("place"))
            .join(reject_reason, reject_reason.c.batch_id == batch.c.batch_id)
            .subquery()
        )
        with self._reading() as connection:
            return set(connection.scalars(sa.select(ranked.c.batch_id).where(ranked.c.place <= per_reason)))

    def treatments(self, batch_id: str) -> list[Treatment]:
        """What was mended or remarked in a batch, by code and column."""
        return self._records(
            Treatment,
            sa.select(*columns_of(batch_treatment, "batch_id"))
            .where(batch_treatment.c.batch_id == batch_id)
            .order_by(batch_treatment.c.code, batch_treatment.c.column_name),
        )
