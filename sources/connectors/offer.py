"""What a connector offers: a delivery that may be fetched, and what the source says of it beforehand.

Belongs here: the protocol between connectors and intake. Does not belong here: any transport, the ledger.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol, cast

from sources.contract.feed import Entity, Feed, Server
from sources.contract.settings import Delivery
from warehouse.ledger.records import BatchMode, Treatment


class SourceUnavailable(Exception):
    """A source cannot be read now, or answers what the contract does not foresee; `zh` and `en` name the remedy."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh = zh
        self.en = en
        super().__init__(f"{zh} / {en}")


@dataclass(frozen=True)
class FileSignature:
    """What tells a known file from a new one without reading it. `modified_at` is UTC, None where unknown."""

    file_name: str
    size: int
    modified_at: datetime | None


@dataclass(frozen=True)
class Waiting:
    """A delivery that is there but not whole: the file `waits_for` that its sender writes last has not come.

    Periods as in `Offer`; `received_at` is the time of the file (aware).
    """

    file_name: str
    waits_for: str
    received_at: datetime
    period_start: date | None
    period_end: date | None


def _unheard(waiting: Waiting) -> None:
    return


@dataclass(frozen=True, kw_only=True)
class PullRequest:
    """What to look for: one delivery of an entity.

    `server` is resolved (no variables left). `since` is the connector's own watermark from the last pull. `period`
    (both days inclusive, district-local) asks for these days again whatever the watermark says; None asks for all
    that is new. Nothing after the district-local day `as_of` is pulled. `known` files are skipped unread.
    `spool` is this delivery's own folder for what a source forgets once we have it; it outlives a crash.
    `waits` is told of each delivery that is not whole yet.
    """

    feed: Feed
    entity: Entity
    delivery: Delivery
    server: Server
    since: str | None
    period: tuple[date, date] | None
    as_of: date
    workspace: Path
    spool: Path
    known: frozenset[FileSignature] = frozenset()
    waits: Callable[[Waiting], None] = _unheard


@dataclass(frozen=True)
class FetchedFile:
    """Bytes on this machine. `modified_at` is the source's time of the file, if it gives one."""

    path: Path
    file_name: str
    modified_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A delivery's bytes, and what became known only with them. `treatments`: what it took to get them.

    `checksum_declared` is what the sender says of the files (`sources.control_file.together`).
    """

    files: tuple[FetchedFile, ...]
    generated_at: datetime | None = None
    rows_declared: int | None = None
    checksum_declared: str | None = None
    treatments: tuple[Treatment, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of an offer. `held`: the batch was not admitted. `recorded`: a batch of the ledger has its files;
    False for a replay of bytes known under another name, and for a delivery with nothing in it."""

    held: bool
    recorded: bool


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One delivery that the source has. Periods are district-local days, both inclusive, None where unknown.

    `fetch()` brings the bytes (None: nothing in it after all) and may raise `SourceUnavailable`. `watermark(outcome)`,
    asked once it is clear what became of the delivery, is what to remember for the next pull; None leaves it.
    `batch_order` is larger for what was delivered later; None where the moment of the pull orders batches.
    `recorded()` is called once the ledger has a batch of the bytes: nothing else need keep them any more.
    """

    request: PullRequest
    source: str
    file_name: str
    received_at: datetime
    fetch: Callable[[], Fetched | None]
    watermark: Callable[[Outcome], str | None]
    period_start: date | None = None
    period_end: date | None = None
    batch_seq: int | None = None
    batch_order: int | None = None
    mode: BatchMode = "delta"
    recorded: Callable[[], None] = lambda: None


class Connector(Protocol):
    """A module of this package named like the connector of the contract."""

    def offers(self, request: PullRequest) -> Iterator[Offer]:
        """Deliveries not known yet, in the order of delivery. Listing is cheap; may raise `SourceUnavailable`."""


def connector(name: str) -> Connector:
    """The connector that a contract names (`files`, `rest`, `sql`, `mqtt`)."""
    return cast(Connector, importlib.import_module(f"sources.connectors.{name}"))
