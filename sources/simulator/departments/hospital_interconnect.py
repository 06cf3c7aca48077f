"""The health commission's interconnection: front-end database and FHIR bundles of two hospitals.

Belongs here: the database's address. Does not belong here: institutions, reports, visits (`hospital*.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sources.simulator import hospital
from sources.simulator.delivery_files import Outbox
from sources.simulator.exchange_database import address
from sources.simulator.randomness import Chance
from sources.simulator.span import Span

_DATABASE = "hospital.sqlite"


def deliver(chance: Chance, span: Span, outbox: Outbox) -> None:
    """The database as of the cut-off, and one bundle a day of each hospital that speaks FHIR."""
    hospital.deliver(chance, span, outbox, database=_DATABASE)


@contextmanager
def serve(folder: Path) -> Iterator[dict[str, str]]:
    """The database is a file: only its address is needed."""
    yield {"DISTRICT_HOSPITAL_URL": address(folder / _DATABASE)}
