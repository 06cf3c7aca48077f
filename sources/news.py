"""Whether a feed has anything new, found without deciding anything.

Belongs here: asking sources, and what they say against what the ledger knows. Does not belong here: taking it in
(`walk.py`).
"""

from __future__ import annotations

from sources.connectors.offer import Offer, Outcome, Waiting, connector
from sources.contract.environment import resolve
from sources.contract.feed import Entity
from sources.contract.settings import Delivery
from sources.correction.inbox import waiting
from sources.envelope import batch_id, joint_sha256
from sources.restating import outdated
from sources.walk import FeedWalk, is_awaited
from warehouse.fingerprint import file_sha256


def has_news(walk: FeedWalk, entity: Entity) -> bool:
    """Whether `walk.entity(entity)` would do or report anything beside its undecided batches."""
    if any(waiting(walk.home, walk.feed.name, entity.name)):
        return True
    try:
        for delivery in entity.deliveries:
            server, unfinished = resolve(walk.feed.servers[delivery.server]), list[Waiting]()
            with walk.folder() as workspace:
                request = walk.request(entity, delivery, server, workspace, unfinished.append)
                if any(_is_new(walk, offer) for offer in connector(server.connection.connector).offers(request)):
                    return True
            if unfinished or (is_awaited(delivery) and _waited(walk, entity, delivery)):
                return True  # what waits is noted anew by each pull
    except Exception:  # noqa: BLE001 - the walk meets it again, and reports it
        return True
    walk.left_behind(entity)
    left = any(problem.entity == entity.name for problem in walk.report.problems)
    return left or bool(outdated(walk.home, walk.ledger, walk.feed, entity))


def _waited(walk: FeedWalk, entity: Entity, delivery: Delivery) -> bool:
    """Whether the last pull met a delivery that was not whole."""
    of_feed = walk.ledger.waiting(walk.feed.name)
    return any((one.entity, one.delivery_key) == (entity.name, delivery.key) for one in of_feed)


def _is_new(walk: FeedWalk, offer: Offer) -> bool:
    """Whether an offer is more than what the ledger knows already; if not, that is remembered."""
    request = offer.request
    if request.delivery.file is not None:
        return True  # its listing has left out known files
    if request.delivery.mqtt is None and request.since is None and not request.known:
        return True  # never pulled: asking twice for all there is would be the costlier way
    fetched = offer.fetch()
    if fetched is None:
        walk.remember(offer, Outcome(held=False, recorded=False))
        return False
    sha256 = joint_sha256([file_sha256(file.path) for file in fetched.files])
    known = walk.ledger.batch(batch_id(walk.feed.name, request.entity.name, sha256, offer.period_start))
    if known is None:
        return True
    offer.recorded()
    walk.remember(offer, Outcome(held=known.status == "held", recorded=False))
    return False
