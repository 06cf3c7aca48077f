"""The construction commission's parking: register, free-space uploads over its platform, entries and exits.

Belongs here: the order of the deliveries and the platform's address. Does not belong here: the car parks
(`parking.py`), the platform's protocol (`parking_platform.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sources.simulator import parking, parking_events, parking_snapshots
from sources.simulator.delivery_files import Outbox
from sources.simulator.parking_platform import ParkingPlatform
from sources.simulator.randomness import Chance
from sources.simulator.span import Span
from sources.simulator.token_platform import served


def deliver(chance: Chance, span: Span, outbox: Outbox) -> None:
    """Weekly registers, the platform's days, hourly event files."""
    lots = parking.car_parks(chance)
    parking.deliver_register(lots, span, outbox)
    parking_snapshots.deliver_snapshots(lots, chance, span, outbox)
    parking_events.deliver_events(lots, chance, span, outbox)


@contextmanager
def serve(folder: Path) -> Iterator[dict[str, str]]:
    """The platform over real HTTP on a loopback port."""
    with served(ParkingPlatform(folder / "platform" / "snapshots")) as url:
        yield {"DISTRICT_PARKING_API": url}
