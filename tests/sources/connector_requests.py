"""Pull requests for tests of connectors: one delivery of a small contract, and what its offers bring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from sources.connectors.offer import Fetched, FileSignature, Offer, Outcome, PullRequest
from sources.contract.environment import resolve
from tests.sources.contract_example import contract, entity_of, load, set_property

ADMITTED = Outcome(held=False, recorded=True)
HELD = Outcome(held=True, recorded=True)
NOTHING = Outcome(held=False, recorded=False)


def pull_request(
    folder: Path,
    delivery: Mapping[str, Any],
    *,
    location: str,
    connection: Mapping[str, Any],
    since: str | None = None,
    period: tuple[date, date] | None = None,
    as_of: date = date(2023, 6, 30),
    known: Iterable[FileSignature] = (),
    undated_rows: bool = False,
    time_zone: str = "Asia/Shanghai",
) -> PullRequest:
    """A request for the only delivery of the example's only entity; `undated_rows`: no field dates the rows."""
    document = contract()
    set_property(document, "time_zone", time_zone)
    document["servers"] = [
        {
            "server": "source",
            "location": location,
            "customProperties": [{"property": "connection", "value": dict(connection)}],
        }
    ]
    entity = entity_of(document)
    set_property(entity, "deliveries", [{"server": "source", **delivery}])
    if undated_rows:
        set_property(entity, "period", {})
    feed = load(folder / "feeds", document)
    loans = feed.entities["lib_loan"]
    return PullRequest(
        feed=feed,
        entity=loans,
        delivery=loans.deliveries[0],
        server=resolve(feed.servers["source"]),
        since=since,
        period=period,
        as_of=as_of,
        workspace=folder / "workspace",
        spool=folder / "spool",
        known=frozenset(known),
    )


def fetch(offer: Offer) -> Fetched:
    """What the offer brings; it must bring something."""
    fetched = offer.fetch()
    assert fetched is not None
    return fetched


def signatures(fetched: Fetched) -> list[FileSignature]:
    """What the ledger would know of the files."""
    return [FileSignature(file.file_name, file.path.stat().st_size, file.modified_at) for file in fetched.files]
