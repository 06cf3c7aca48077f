"""The envelope of a delivery: what is known of it before anybody looks inside.

Belongs here: identity and envelope of a batch that came by an offer. Does not belong here: envelopes of corrections
(`correction/`) and restatements (`restating.py`), which follow from an earlier batch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

from sources.connectors.offer import Fetched, Offer
from sources.contract.feed import Feed
from sources.contract.settings import Delivery
from warehouse.clock import now
from warehouse.ledger import BatchEnvelope, BatchMode


def batch_id(feed: str, entity: str, sha256: str, period_start: date | None) -> str:
    """The id of a batch: the same bytes for the same entity and period are the same batch, whenever they come."""
    identity = "\n".join((feed, entity, sha256, period_start.isoformat() if period_start else ""))
    return "b" + hashlib.sha256(identity.encode()).hexdigest()[:20]


def joint_sha256(hashes: Sequence[str]) -> str:
    """The hash that names a batch: its file's, or that of its files' hashes."""
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def envelope_of(
    feed: Feed,
    offer: Offer,
    fetched: Fetched,
    *,
    batch: str,
    sha256: str,
    size: int,
    mode: BatchMode,
    rank: int,
    run_id: str,
) -> BatchEnvelope:
    """The envelope of `fetched`, landed now: `size` bytes in all, `rank` among the deliveries of its kind."""
    request = offer.request
    return BatchEnvelope(
        batch_id=batch,
        feed=feed.name,
        entity=request.entity.name,
        source=offer.source,
        delivery_mode=request.server.connection.connector,
        delivery_key=request.delivery.key,
        file_name=offer.file_name,
        sha256=sha256,
        bytes=size,
        received_at=offer.received_at,
        landed_at=now(),
        mode=mode,
        batch_order=rank,
        contract_version=feed.version,
        contract_sha256=feed.contract_sha256,
        run_id=run_id,
        simulated=feed.simulated,
        encoding_declared=_declared_encoding(request.delivery),
        generated_at=fetched.generated_at,
        period_start=offer.period_start,
        period_end=offer.period_end,
        batch_seq=offer.batch_seq,
        rows_declared=fetched.rows_declared,
        checksum_declared=fetched.checksum_declared,
    )


def _declared_encoding(delivery: Delivery) -> str | None:
    """The encoding that the contract names; None where it leaves finding it to us."""
    encoding = getattr(delivery.file.format, "encoding", None) if delivery.file else None
    return None if encoding == "auto" else encoding
