"""Signatures and their voids in the ledger, and the figures that wait for signatures.

Belongs here: keeping and finding them. Does not belong here: what a signature covers, and who may sign when
(`warehouse.sign_off`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import sqlalchemy as sa

from warehouse.ledger.access import Access, insert, row_of
from warehouse.ledger.schema.sign_offs import sign_off, withheld_figure
from warehouse.ledger.sealing import append_sign_offs

Event = Literal["prepared", "confirmed", "reviewed", "voided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedFacts:
    """A figure of the district with everything that a signature covers; `digest` is over all the rest."""

    indicator_code: str
    period_type: str
    period_start: date
    period_end: date
    area_code: str
    definition_version: int
    value: float | None
    numerator: float | None
    denominator: float | None
    evidence_sha256: str
    checks_sha256: str
    digest: str

    @property
    def figure(self) -> tuple[str, str, date, date, str]:
        """Which figure it is: indicator, kind of period, first and last day, area."""
        return (self.indicator_code, self.period_type, self.period_start, self.period_end, self.area_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSignOff(SignedFacts):
    """A signature, or the void of all signatures of a figure before it (with its cause in both languages).

    `signed_at` is when; `valid_until` (district-local, inclusive) None: without end. `snapshot_id` is the publication
    that the signer saw, or that recorded the void.
    """

    event: Event
    name: str
    signed_at: datetime
    office: str | None = None
    note: str | None = None
    valid_until: date | None = None
    snapshot_id: str | None = None
    cause_zh: str | None = None
    cause_en: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff(NewSignOff):
    """A row of the ledger; `seq` grows with each. The hashes chain the rows (`sealing.py`)."""

    seq: int
    previous_hash: str | None = None
    row_hash: str | None = None


class SignOffMethods(Access):
    """Ledger methods about signatures."""

    def add_sign_offs(self, entries: Iterable[NewSignOff]) -> None:
        """Append signatures or voids, chained; nothing can change or remove them again."""
        with self._writing() as connection:
            append_sign_offs(connection, (row_of(entry) for entry in entries))

    def sign_offs(self, indicator_code: str | None = None) -> list[SignOff]:
        """All signatures and voids (of one indicator), oldest first."""
        statement = sa.select(sign_off).order_by(sign_off.c.seq)
        return self._records(
            SignOff, statement if indicator_code is None else statement.filter_by(indicator_code=indicator_code)
        )

    def replace_withheld(self, figures: Iterable[SignedFacts], *, at: datetime) -> None:
        """What waits for signatures from now on, instead of what waited before."""
        with self._writing() as connection:
            connection.execute(sa.delete(withheld_figure))
            insert(connection, withheld_figure, [row_of(figure, withheld_at=at) for figure in figures])

    def withheld(self, indicator_code: str | None = None) -> list[SignedFacts]:
        """Figures that wait for signatures."""
        table = withheld_figure
        columns = [column for column in table.columns if column.name not in ("seq", "withheld_at")]
        statement = sa.select(*columns).order_by(table.c.seq)
        return self._records(
            SignedFacts, statement if indicator_code is None else statement.filter_by(indicator_code=indicator_code)
        )
