"""A known error of a provider, and what is right instead.

Belongs here: the record. Does not belong here: reading the corrections file (`corrections_file.py`), applying it
(`sources/admission/corrections.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

CorrectionStatus = Literal["proposed", "in_force", "mended", "expired"]


@dataclass(frozen=True)
class Correction:
    """One wrong value of a delivery. `column` and the fields of `key` are fields of the entity.

    Values are texts that DuckDB casts to the field's type: numbers in the contract's unit, codes of the code list,
    times in naive UTC. Which rows: those whose key fields have the values of `key`, or row `row` (as a person finds it)
    of the files that match `file`; with both, rows of such files with such keys.
    """

    name: str
    """Unique among the feed's corrections, and never given to another one."""
    entity: str
    column: str
    expect_text: str | None
    """The wrong value as it was written into the corrections file; None = delivered empty."""
    expect: str | None
    """The wrong value; None when it is empty or cannot be read as the field's type: the delivered text decides."""
    right: str | None
    """None = the value is to be missing."""
    reason_zh: str
    reason_en: str
    status: CorrectionStatus
    who: str
    since: date
    until: date | None
    """Deliveries received on these district-local days, both inclusive, are meant; None = until it is mended."""
    key: Mapping[str, str] = field(default_factory=dict)
    file: str | None = None
    """Pattern (`*`, `?`) of names of delivered files; None = all."""
    sheet: str | None = None
    row: int | None = None

    def covers(self, day: date) -> bool:
        """Whether deliveries received on the district-local `day` are meant."""
        return self.since <= day and (self.until is None or day <= self.until)
