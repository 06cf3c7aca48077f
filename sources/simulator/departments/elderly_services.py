"""The civil affairs bureau's services for the elderly: front-end database and monthly workbooks of courses.

Belongs here: the order of the deliveries and the database's address. Does not belong here: persons and homes
(`elderly.py`), courses (`elderly_courses.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sources.simulator import elderly, elderly_courses
from sources.simulator.delivery_files import Outbox
from sources.simulator.district import ZONE
from sources.simulator.exchange_database import address, write_database
from sources.simulator.randomness import Chance
from sources.simulator.span import Span

_DATABASE = "elderly.sqlite"


def deliver(chance: Chance, span: Span, outbox: Outbox) -> None:
    """The database as of the cut-off, and a workbook a month."""
    changes = {
        "v_yjt_fwdx": elderly.changes(
            elderly.entries(elderly.SENIORS, chance, span), elderly.senior_row, "SENIOR", span
        ),
        "v_dj_zh": elderly.changes(elderly.entries(elderly.HOMES, chance, span), elderly.home_row, "HOME", span),
    }
    cut_off = span.cut_off.astimezone(ZONE).replace(tzinfo=None)
    path = outbox.folder / _DATABASE
    outbox.written += int(write_database(path, elderly.VIEWS, changes, cut_off, integers=elderly.INTEGERS))
    elderly_courses.deliver_courses(chance, span, outbox)


@contextmanager
def serve(folder: Path) -> Iterator[dict[str, str]]:
    """The database is a file: only its address is needed."""
    yield {"DISTRICT_ELDERLY_URL": address(folder / _DATABASE)}
