"""What owners have said of their feeds, for the pages of owners and leaders alike; and who is speaking.

Belongs here: asking the owner's desk, with the answer kept for some seconds; the name of the reader. Does not belong
here: what a page shows of it. This is read from the ledger, not from the snapshot: it is there at once, in every
publication that a reader looks at, and a page without it is still whole.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st

from app.reading import Reading
from warehouse import clock
from warehouse.home import Home
from warehouse.owner_desk import Standing, standing
from warehouse.read import writing

# What stands for each (feed, entity, subject).
Said = Mapping[tuple[str, str, str], Standing]

_log = logging.getLogger(__name__)
# Leaders see a new explanation within this time; the page that recorded it sees it at once.
_KEPT_SECONDS: Final = 5
# Name of the request header in which a reverse proxy that logs people in gives the name. Only set it behind a proxy
# that removes the header from what comes from outside.
PROXY_HEADER: Final = "DISTRICT_USER_HEADER"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `vouched`: a proxy says so; otherwise the name is what somebody typed."""

    name: str
    vouched: bool


def vouched_actor() -> Actor | None:
    """The name that the reverse proxy gives, where the setting names its header."""
    header = os.environ.get(PROXY_HEADER)
    name = st.context.headers.get(header) if header else None
    return Actor(name, vouched=True) if name else None


@st.cache_data(ttl=_KEPT_SECONDS, max_entries=2, show_spinner=False)
def _standing(root: str) -> dict[tuple[str, str, str], Standing]:
    del root  # the key of the cache
    try:
        return standing(Home.from_environment())
    except Exception:  # noqa: BLE001 whatever the ledger's trouble is, the figures are read from the snapshot
        _log.exception("台账无法读取，页面不含部门说明 / the ledger cannot be read, pages lack what owners say")
        return {}


def follow_ups() -> Said:
    """What stands for every subject (feed, entity, subject) that owners have spoken of."""
    found: dict[tuple[str, str, str], Standing] = _standing(str(Home.from_environment().root))
    return found


def forget() -> None:
    """Somebody has just spoken."""
    _standing.clear()


def of_entities(entities: Iterable[tuple[str, str]]) -> list[Standing]:
    """What stands, and is not resolved, of the subjects of these (feed, entity); the newest word first."""
    wanted = set(entities)
    found = [one for (feed, entity, _), one in follow_ups().items() if (feed, entity) in wanted and not one.resolved]
    return sorted(found, key=lambda one: one.last.seq, reverse=True)


def in_words(reading: Reading, one: Standing | None) -> str:
    """The newest explanation and the promised day in one line; nothing where nobody has said either."""
    if one is None or one.resolved:
        return ""
    said = one.explanation.explanation if one.explanation else ""
    promised = promise(reading, one)
    return " · ".join(part for part in (said, promised) if part)


def promise(reading: Reading, one: Standing) -> str:
    """The promised day, and that it has passed."""
    if one.promised_on is None:
        return ""
    passed = one.promised_on < clock.today(reading.zone)
    return reading.words("owner.promise_broken" if passed else "owner.promise", day=writing.day(one.promised_on))
