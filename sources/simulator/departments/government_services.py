"""The administrative service centre: the front-end view of cases, registers of windows and services, store visits.

Belongs here: the order of the deliveries and the database's address. Does not belong here: cases and registers
(`government_*.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sources.simulator import government_cases, government_registers
from sources.simulator.delivery_files import Outbox
from sources.simulator.district import ZONE
from sources.simulator.exchange_database import address, write_database
from sources.simulator.randomness import Chance
from sources.simulator.span import Span

_DATABASE = "services.sqlite"


def deliver(chance: Chance, span: Span, outbox: Outbox) -> None:
    """The database as of the cut-off, and the workbooks."""
    written = write_database(
        outbox.folder / _DATABASE,
        {government_cases.VIEW: government_cases.COLUMNS},
        {government_cases.VIEW: government_cases.changes(chance, span)},
        span.cut_off.astimezone(ZONE).replace(tzinfo=None),
        integers=government_cases.INTEGERS,
    )
    outbox.written += int(written)
    government_registers.deliver_registers(chance, span, outbox)
    government_registers.deliver_visits(span, outbox)


@contextmanager
def serve(folder: Path) -> Iterator[dict[str, str]]:
    """The database is a file: only its address is needed."""
    yield {"DISTRICT_GOVERNMENT_SERVICES_URL": address(folder / _DATABASE)}
