"""What departments say of the deliveries that an indicator rests on, for leaders.

Belongs here: the notes on the indicator's page. Does not belong here: saying it (`owner_item.py`).
"""

from __future__ import annotations

from app.components.markup import show
from app.follow_up import in_words, of_entities
from app.reading import Reading
from warehouse.read import writing
from warehouse.read.indicator import Definition


def said_of(reading: Reading, definition: Definition) -> None:
    """Explanations and promised days that stand, newest first; nothing where nobody has said anything. They belong to
    the present: a page that looks back on another day has none."""
    if reading.visit.as_of is not None:
        return
    places = [(feed, entity) for feed, _, entity in (one.partition(".") for one in definition.entities)]
    rows = [
        {
            "what": f"{reading.feed_name(one.last.feed)} · {reading.entity_name(one.last.feed, one.last.entity)}",
            "text": text,
            "actor": one.last.actor,
            "at": writing.moment(one.last.at.replace(tzinfo=None), reading.zone),
        }
        for one in of_entities(places)
        if (text := in_words(reading, one))
    ]
    if rows:
        show("owner_words", words=reading.words, title=reading.words("owner.explained_title"), rows=rows)
