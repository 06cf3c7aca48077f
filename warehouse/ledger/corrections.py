"""What known errors of a corrections file met in batches, in the ledger.

Belongs here: the record, keeping and finding it. Does not belong here: applying corrections (`sources/admission`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import sqlalchemy as sa

from warehouse.ledger.access import Access, insert, row_of
from warehouse.ledger.schema.corrections import batch_correction, batch_restatement

CorrectionOutcome = Literal["applied", "proposed", "returned", "mended", "differs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchCorrection:
    """What one correction met in a batch.

    `outcome`: `applied` the wrong value was there and the right one was put in; `proposed` it was there, but the
    correction is not in force yet; `returned` it was there, but the correction's term is over; `mended` the provider
    delivers the right value; `differs` it delivers a third one, left as it is. `file_name`, `sheet` and `row_number`
    are the place of the first of `rows` such rows. `since` and `until` are district-local days.
    """

    correction: str
    outcome: CorrectionOutcome
    column_name: str
    rows: int
    file_name: str
    sheet: str | None
    row_number: int | None
    expected: str | None
    corrected: str | None
    status: Literal["proposed", "in_force", "mended", "expired"]
    reason_zh: str
    reason_en: str
    who: str
    since: date
    until: date | None
    batch_id: str = ""


class CorrectionMethods(Access):
    """Ledger methods about corrections of known errors."""

    def record_corrections(self, batch_id: str, corrections: Sequence[BatchCorrection]) -> None:
        """Keep what corrections met in a batch, in place of an earlier decision's; in the transaction that decides the
        batch, and before it, so that the batch is sealed with them."""
        with self._writing() as connection:
            connection.execute(sa.delete(batch_correction).where(batch_correction.c.batch_id == batch_id))
            insert(connection, batch_correction, (row_of(one) | {"batch_id": batch_id} for one in corrections))

    def record_restatement(self, batch_id: str, restates: str) -> None:
        """Keep that a landed batch takes the place of another one; in the transaction that records the batch."""
        with self._writing() as connection:
            insert(connection, batch_restatement, [{"batch_id": batch_id, "restates": restates}])

    def corrections(self, *, batch_ids: Iterable[str] | None = None) -> list[BatchCorrection]:
        """What corrections met, of these batches or of all."""
        statement = sa.select(batch_correction).order_by(*batch_correction.primary_key.columns)
        if batch_ids is not None:
            statement = statement.where(batch_correction.c.batch_id.in_(list(batch_ids)))
        return self._records(BatchCorrection, statement)


def restated_by(connection: sa.Connection, batch_id: str) -> str | None:
    """The batch that this one restates; None for any other batch."""
    found: str | None = connection.execute(
        sa.select(batch_restatement.c.restates).where(batch_restatement.c.batch_id == batch_id)
    ).scalar()
    return found
