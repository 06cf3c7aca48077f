"""My feeds: what waits for a department, most harmful first; one item with its rule, its rows, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC
from typing import Any, Final

import streamlit as st

from app.addresses import PageName
from app.components import badges, filters, owner_item, states, treatments, waiting
from app.components.markup import render, show, together
from app.follow_up import Said, follow_ups, in_words
from app.reading import Reading, current_reading
from warehouse.home import Home
from warehouse.owner_desk import Standing
from warehouse.owner_desk import waiting as corrections_waiting
from warehouse.read import feeds, owner_queue, writing
from warehouse.read.treatments import newest_treatments
from warehouse.read.waiting import waiting_deliveries, waiting_rows

_NONE: Final = ""
_COUNTS: Final[dict[owner_queue.ItemKind, str]] = {
    "batch": "owner.count_batch",
    "due": "owner.count_due",
    "check": "owner.count_check",
    "reject": "owner.count_reject",
}


def page(reading: Reading) -> None:
    """The page; `department` in the address chooses, `item` opens one item."""
    words = reading.words
    departments = reading.ask(feeds.departments)
    names = {row.department_code: words.pick(row.name_zh, row.name_en) for row in departments}
    department = filters.select(
        "department",
        words("column.department"),
        [_NONE, *sorted(names)],
        _NONE,
        lambda code: names.get(code, words("owner.choose")),
        width=320,
    )
    if not department:
        states.notice("blue", words("owner.choose"), words("owner.choose_text"))
        return
    items = reading.ask(owner_queue.queue, department=department)
    owned = reading.ask(owner_queue.entities, department=department)
    asked = st.query_params.get("item")
    if asked:
        item = next((one for one in items if owner_item.identity(one) == asked), None)
        entity = next((one for one in owned if item and (one.feed, one.entity) == (item.feed, item.entity)), None)
        if item is None or entity is None:
            back = reading.visit.link(PageName.OWNER, department=department)
            states.notice("gray", words("owner.gone"), words("owner.gone_text"))
            show("owner_back", text=words("owner.back"), link=back)
        else:
            owner_item.item(reading, item, entity, department)
        return
    personal = {(one.feed, one.entity) for one in owned if one.personal}
    with together():
        _queue(reading, department, items, owned)
        waiting.deliveries_table(reading, reading.ask(waiting_deliveries, department=department))
        waiting.rows_table(reading, reading.ask(waiting_rows, department=department), of_batch=False, personal=personal)
        _feeds(reading, owned)
        treatments.table(reading, reading.ask(newest_treatments, department), of_batch=False, personal=personal)


def _queue(
    reading: Reading,
    department: str,
    items: Sequence[owner_queue.QueueItem],
    owned: Sequence[owner_queue.OwnedEntity],
) -> None:
    words, said = reading.words, follow_ups()
    done = [one for one in items if _is_done(one, said.get((one.feed, one.entity, one.subject)))]
    to_do = [one for one in items if one not in done]
    found = Counter(one.kind for one in to_do)
    show(
        "owner_counts",
        label=words("owner.total", count=len(to_do)),
        items=[(words(key), found[kind]) for kind, key in _COUNTS.items()],
    )
    show("section_title", title=words("owner.queue"), note=words("owner.queue_note"))
    if to_do:
        rows = [_shown(reading, department, one, owned, said) for one in to_do]
        show("owner_queue", words=words, rows=rows, rest="")
    else:
        states.notice("green", words("owner.nothing"), words("owner.nothing_text"))
    if done:
        rows = [_shown(reading, department, one, owned, said) for one in done]
        table = render("owner_queue", words=words, rows=rows, rest="")
        show("folded", label=words("owner.done", count=len(done)), content=table)


def _is_done(one: owner_queue.QueueItem, about: Standing | None) -> bool:
    """Whether it was marked as resolved, and nothing has failed the rule since."""
    if about is None or not about.resolved:
        return False
    return one.noticed_at is None or about.last.at >= one.noticed_at.replace(tzinfo=UTC)


def _shown(
    reading: Reading,
    department: str,
    one: owner_queue.QueueItem,
    owned: Sequence[owner_queue.OwnedEntity],
    said: Said,
) -> dict[str, Any]:
    words = reading.words
    personal = any(known.personal for known in owned if (known.feed, known.entity) == (one.feed, one.entity))
    about = said.get((one.feed, one.entity, one.subject))
    follow_up = in_words(reading, about)
    if about and not follow_up:
        follow_up = words(owner_item.DID[about.last.action], day="")
    corrections = corrections_waiting(Home.from_environment(), one.feed, one.entity)
    if any(sent.corrects == one.batch_id for sent in corrections):
        follow_up = words.comma.join(part for part in (words("owner.waiting"), follow_up) if part)
    hurt = one.headline + one.supporting + one.operational
    return {
        "badge": owner_item.badge(reading, one),
        "title": owner_item.title(reading, one),
        "link": reading.visit.link(PageName.OWNER, department=department, item=owner_item.identity(one)),
        "count": owner_item.count(reading, one, personal=personal),
        "entity": reading.entity_name(one.feed, one.entity),
        "hurt": words("owner.hurt", count=hurt) if hurt else words("owner.hurt_none"),
        "headline": words("owner.hurt_headline", count=one.headline) if one.headline else "",
        "due": writing.moment(one.due_at, reading.zone),
        "follow_up": follow_up,
    }


def _feeds(reading: Reading, owned: Sequence[owner_queue.OwnedEntity]) -> None:
    words = reading.words
    show("section_title", title=words("owner.feeds"), note=words("owner.feeds_note", count=len(owned)))

    def rejected(row: owner_queue.OwnedEntity) -> str:
        count, few = owner_queue.shown_count(row.rejected, personal=row.personal)
        if not count:
            return ""
        if few:
            return words("owner.few_rows", count=count)
        return words("owner.at_least", count=writing.count(count)) if row.rejected_at_least else writing.count(count)

    rows = [
        {
            "feed": words.pick(row.feed_label_zh, row.feed_label_en) or row.feed,
            "entity": words.pick(row.label_zh, row.label_en) or row.entity,
            "state": badges.freshness(row.state, words),
            "late": words("freshness.days_late", days=row.days_late) if row.days_late else "",
            "data": writing.day(row.data_period_end),
            "next_due": writing.moment(row.next_due_at, reading.zone),
            "next_period": writing.day(row.next_period_end),
            "held": writing.count(row.held) if row.held else "",
            "failing": writing.count(row.failing) if row.failing else "",
            "rejected": rejected(row),
            "used": words("owner.hurt", count=len(row.indicators)) if row.indicators else words("owner.hurt_none"),
        }
        for row in owned
    ]
    show("owner_feeds", words=words, rows=rows, rest="")


page(current_reading())
