"""The immutable view of a feed that everything else reads: who, what, how, when, which checks.

Belongs here: frozen dataclasses derived from a contract, and facts that follow from them alone.
Does not belong here: YAML, the ODCS model, validation (`loading.py`), any input or output.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from sources.contract.connections import Connection
from sources.contract.correction import Correction
from sources.contract.settings import (
    DEFAULT_MAX_BROKEN_PERCENT,
    DEFAULT_SENTINELS,
    Calendar,
    Delivery,
    Exclusion,
    History,
    RowRule,
)

FieldType = Literal["string", "integer", "number", "boolean", "date", "timestamp"]
Severity = Literal["error", "warning"]

# Columns that admission adds to every raw table; `dt` is the hive partition. Times are UTC, naive.
RAW_COLUMNS: Mapping[str, str] = {
    "_batch_id": "VARCHAR",
    "_row": "BIGINT",
    "_received_at": "TIMESTAMP",
    "_generated_at": "TIMESTAMP",
    "_batch_order": "BIGINT",
    "_deleted": "BOOLEAN",
    "dt": "DATE",
}

_RAW_TYPES: Mapping[FieldType, str] = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
DECIMAL_TYPE = re.compile(r"(?:decimal|numeric)\s*\(\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)", re.IGNORECASE)


@dataclass(frozen=True)
class Owner:
    """A person or section that answers for a feed, from `date_in` until `date_out` (both inclusive, None = open)."""

    name: str
    contact: str
    date_in: date | None
    date_out: date | None

    def holds_on(self, day: date) -> bool:
        """Whether this owner answers for the feed on the district-local `day`."""
        return (self.date_in is None or self.date_in <= day) and (self.date_out is None or day <= self.date_out)


@dataclass(frozen=True)
class Server:
    """A place that deliveries come from. `location` still holds `${NAME}`: `environment.resolve` expands it."""

    name: str
    type: str
    location: str
    connection: Connection
    folder: Path
    """Folder of the contract that declares the server: relative locations start here."""


@dataclass(frozen=True)
class Check:
    """A check of one entity (`column` None) or one of its fields. `key` is ASCII and unique in the entity."""

    key: str
    entity: str
    column: str | None
    name_zh: str
    name_en: str
    dimension: str
    """GB/T 36344: 规范性, 完整性, 准确性, 一致性, 时效性 or 可访问性."""
    severity: Severity
    blocking: bool
    """Whether a failure keeps the batch out."""
    reason: str
    soda: Mapping[str, Any]
    """The check itself, `{type: body}`, in the terms of its engine."""
    engine: Literal["soda", "history"] = "soda"
    """history: against the feed's own earlier deliveries (`history_checks.py`)."""


@dataclass(frozen=True)
class Field:
    """One canonical field of an entity and how deliveries spell it."""

    name: str
    label_zh: str
    label_en: str
    type: FieldType
    physical_type: str | None
    required: bool
    key_position: int | None
    source_names: tuple[str, ...]
    """Columns of the source that may carry the field, first match wins; empty = nothing delivers it (NULL)."""
    minimum: float | str | None = None
    maximum: float | str | None = None
    pattern: str | None = None
    codes: Mapping[str, str] = field(default_factory=dict)
    """Accepted spelling -> code; empty = no code list."""
    code_labels: Mapping[str, str] = field(default_factory=dict)
    """Code -> Chinese label, in the contract's order."""
    formats: tuple[str, ...] = ()
    null_words: tuple[str, ...] = ()
    true_words: tuple[str, ...] = ()
    false_words: tuple[str, ...] = ()
    unit: str | None = None
    factor: float | None = None
    """Multiplies the delivered number into `unit`."""
    protection: Literal["pseudonymise", "mask", "drop"] | None = None
    normalise: bool | None = None
    """NFKC and trim; None = what admission does by default for the type."""
    strict_formats: bool = False
    """Dates and times in ISO 8601 or `formats` alone, not in the other forms that leave no doubt."""
    sentinels: tuple[str, ...] = DEFAULT_SENTINELS
    """District-local days (ISO) that stand for no value."""
    max_future_days: int | None = None
    """A date this many days after the delivery is refused; None = no limit."""
    zero_pad: int | None = None
    crosswalk: bool = False
    """The code list names other codes of the same things; a value that it does not name is its own code."""
    """Digits of a code whose leading zeros a spreadsheet may have dropped."""
    constant: str | None = None
    expression: str | None = None
    """SQL over the (text) source columns, in place of a column."""
    classification: str | None = None

    @property
    def raw_type(self) -> str:
        """DuckDB type of the field's column in the raw layer; a protected value is always text."""
        if self.protection is not None:
            return "VARCHAR"
        decimal = DECIMAL_TYPE.fullmatch(self.physical_type.strip()) if self.physical_type else None
        if self.type == "number" and decimal:
            return f"DECIMAL({decimal[1]},{decimal[2]})"
        return _RAW_TYPES[self.type]

    @property
    def mapped(self) -> bool:
        """Whether any delivery can give a value without its own `columns` or `expressions`."""
        return bool(self.source_names) or self.constant is not None or self.expression is not None


@dataclass(frozen=True)
class Entity:
    """One kind of row that a feed delivers."""

    feed: str
    name: str
    label_zh: str
    label_en: str
    description: str
    history: History
    period_field: str | None
    """Field whose district-local date is the row's `dt`; None = the delivery dates it."""
    calendar: Calendar | None
    deliveries: tuple[Delivery, ...]
    fields: Mapping[str, Field]
    key: tuple[str, ...]
    row_rules: tuple[RowRule, ...]
    checks: tuple[Check, ...]
    max_rejected_percent: float
    """Above this share of rejected rows (0-100) the batch is held."""
    delivered: bool
    """False: the contract in force has no delivery for it, so it is an empty source."""
    exclusions: tuple[Exclusion, ...] = ()
    max_broken_percent: float = DEFAULT_MAX_BROKEN_PERCENT
    """Above this share of rows that cannot be split into columns (0-100) the batch is held."""
    corrections: tuple[Correction, ...] = ()
    """Known errors of the provider, from the corrections file beside the contract."""

    @property
    def mapped_fields(self) -> frozenset[str]:
        """Names of the fields that some delivery gives a value."""
        own = {name for way in self.deliveries for name in (*way.columns, *way.expressions)}
        return frozenset(own | {name for name, item in self.fields.items() if item.mapped})

    @property
    def raw_columns(self) -> Mapping[str, str]:
        """Column -> DuckDB type of the raw table: the fields, then admission's own columns."""
        return {name: item.raw_type for name, item in self.fields.items()} | dict(RAW_COLUMNS)


@dataclass(frozen=True)
class Feed:
    """Everything one department delivers under one contract."""

    name: str
    path: Path
    """The contract file in force."""
    contract_sha256: str
    """Of the contract in force and its corrections file; with an overlay, of both contracts."""
    version: str
    label_zh: str
    label_en: str
    domain: str
    department_code: str
    department_zh: str
    department_en: str
    owners: tuple[Owner, ...]
    time_zone: str
    simulated: bool
    servers: Mapping[str, Server]
    entities: Mapping[str, Entity]

    @property
    def owner(self) -> str:
        """Name of the owner whose term began last (the one in office, or the last known)."""
        return max(self.owners, key=lambda owner: owner.date_in or date.min).name if self.owners else ""

    def owner_on(self, day: date) -> str | None:
        """Name of the owner on the district-local `day`; None when nobody held the office."""
        in_office = [owner for owner in self.owners if owner.holds_on(day)]
        return max(in_office, key=lambda owner: owner.date_in or date.min).name if in_office else None
