"""Signatures as a snapshot tells of them.

Belongs here: the signatures of figures, how far each indicator's shown figure is signed, what waits for signatures.
Does not belong here: signing (`warehouse.sign_off`), what publishing does about it (`warehouse.publish.sign_offs`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from warehouse.read.reader import SnapshotReader

STEPS = ("prepared", "confirmed", "reviewed")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of a figure of the district. Times are UTC, naive; `voided_at` None: no publication voided it."""

    indicator_code: str
    period_type: str
    period_start: date
    period_end: date
    number: int
    step: str
    name: str
    office: str | None
    note: str | None
    signed_at: datetime
    valid_until: date | None
    definition_version: int
    value: float | None
    digest: str
    voided_at: datetime | None
    void_cause_zh: str | None
    void_cause_en: str | None


@dataclass(frozen=True, slots=True)
class Awaiting:
    """A figure that is not published because signatures are lacking. `shown`: last_published or nothing."""

    indicator_code: str
    period_type: str
    period_start: date
    period_end: date
    next_step: str | None
    shown: str


@dataclass(frozen=True, slots=True)
class SignState:
    """How far a figure is signed on a day. `state`: signed (all three), partly, void, lapsed or unsigned."""

    state: str
    signatures: tuple[Signature, ...]
    """Those that stand, in the order of steps; of a void or lapsed figure the last ones that did."""

    @property
    def steps(self) -> int:
        """How many of the three steps stand."""
        return len(self.signatures) if self.state in ("signed", "partly") else 0


UNSIGNED = SignState("unsigned", ())


def has_sign_offs(reader: SnapshotReader) -> bool:
    """Whether the snapshot knows of signatures at all: older ones do not."""
    return bool(reader.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'sign_off'"))


def signatures(reader: SnapshotReader, code: str | None = None) -> list[Signature]:
    """All signatures of figures (of one indicator), void ones included, oldest first of each figure."""
    if not has_sign_offs(reader):
        return []
    return reader.records(
        Signature,
        """
        SELECT * FROM sign_off WHERE $code IS NULL OR indicator_code = $code
        ORDER BY indicator_code, period_type, period_end, period_start, number
        """,
        {"code": code},
    )


def sign_states(
    reader: SnapshotReader, day: date, code: str | None = None
) -> dict[tuple[str, str, date, date], SignState]:
    """How far each figure that was ever signed is signed on `day`, by indicator, kind of period, first and last day."""
    found: dict[tuple[str, str, date, date], list[Signature]] = {}
    for one in signatures(reader, code):
        found.setdefault((one.indicator_code, one.period_type, one.period_start, one.period_end), []).append(one)
    return {figure: _state(rows, day) for figure, rows in found.items()}


def awaiting(reader: SnapshotReader, code: str | None = None) -> list[Awaiting]:
    """Figures (of one indicator) that wait for signatures, newest first."""
    if not has_sign_offs(reader):
        return []
    return reader.records(
        Awaiting,
        """
        SELECT * FROM awaiting_sign_off WHERE $code IS NULL OR indicator_code = $code
        ORDER BY indicator_code, period_end DESC, period_type
        """,
        {"code": code},
    )


def _state(rows: list[Signature], day: date) -> SignState:
    standing = tuple(one for one in rows if one.voided_at is None)
    if not standing:
        last = rows[-1].voided_at
        return SignState("void", tuple(one for one in rows if one.voided_at == last))
    if any(one.valid_until is not None and one.valid_until < day for one in standing):
        return SignState("lapsed", standing)
    return SignState("signed" if len(standing) == len(STEPS) else "partly", standing)
