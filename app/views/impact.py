"""Impact: a field of a feed is wrong; which figures, claims, reports and exports are touched.

`feed`, `entity` and `field` in the address choose; without a field the page lists the fields of the entity.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from app.addresses import PageName
from app.components import badges, filters, states
from app.components.column_lineage import kinds
from app.components.markup import show
from app.reading import Reading, current_reading
from app.words.kinds import TIERS
from warehouse.read import column_lineage, feeds, impact, writing
from warehouse.read.impact import Impact, ImpactedFigure

_ALL: Final = ""  # no field chosen
_EXPORT_WORDS: Final[dict[str, str]] = {
    "parquet": "impact.parquet",
    "sdmx-csv": "impact.sdmx",
    "report": "impact.report",
}


def page(reading: Reading) -> None:
    """The page."""
    words = reading.words
    if not reading.ask(feeds.freshness):
        states.notice("gray", words("freshness.none"), words("freshness.none_text"))
        return
    if not reading.ask(column_lineage.has_columns):
        states.notice("gray", words("lineage.no_columns"), words("lineage.no_columns_text"))
        return
    show("section_title", title=words("impact.title"), note=words("impact.choose"))
    feed, entity, field = _chosen(reading)
    if field == _ALL:
        _fields(reading, feed, entity)
        return
    found = reading.ask(impact.impact, feed, entity, field)
    direct = [figure for figure in found.figures if figure.direct]
    indirect = [figure for figure in found.figures if not figure.direct]
    if not found.figures:
        states.notice("gray", words("impact.none"), words("impact.none_text"))
    for figures, title, note in (
        (direct, "impact.direct_title", "impact.direct_note"),
        (indirect, "impact.indirect_title", "impact.indirect_note"),
    ):
        if figures:
            show("section_title", title=words(title), note=words(note, count=len(figures)))
            _figures(reading, figures)
    _elsewhere(reading, found)
    _gaps(reading, found)


def _chosen(reading: Reading) -> tuple[str, str, str]:
    """Choice of feed, table and field; all three stand in the address."""
    words = reading.words
    everything = reading.ask(feeds.freshness)
    names = sorted({row.feed for row in everything})
    asked = tuple(st.query_params.get(name, "") for name in ("feed", "entity", "field"))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        feed = filters.select("feed", words("impact.feed"), names, names[0], reading.feed_name)
        entities = [row.entity for row in everything if row.feed == feed]
        entity = filters.select(
            "entity", words("impact.entity"), entities, entities[0], lambda name: reading.entity_name(feed, name)
        )
        known = reading.ask(impact.fields, feed, entity)

        def named(name: str) -> str:
            return f"{words.pick(*known[name])} {name}" if name in known else words("impact.every_field")

        field = filters.select("field", words("impact.field"), [_ALL, *known], _ALL, named, width=320)
    if any(wanted and wanted != got for wanted, got in zip(asked, (feed, entity, field), strict=True)):
        states.notice("yellow", words("impact.unknown"), ".".join(asked))
    return feed, entity, field


def _fields(reading: Reading, feed: str, entity: str) -> None:
    """All fields of an entity, and how many indicators each touches."""
    words = reading.words
    checked = {one.field: one.state for one in reading.ask(impact.field_states, feed, entity)}
    known = reading.ask(impact.fields, feed, entity)
    rows = []
    touched = reading.ask(impact.figures_by_field, feed, entity)
    for name, labels in known.items():
        figures = touched[name]
        direct = sum(figure.direct for figure in figures)
        rows.append(
            {
                "field": words.pick(*labels),
                "name": name,
                "link": reading.visit.link(PageName.IMPACT, feed=feed, entity=entity, field=name),
                "figures": words("lineage.fields_note", direct=direct, indirect=len(figures) - direct)
                if figures
                else writing.DASH,
                "state": badges.quality(checked[name], words) if name in checked else writing.DASH,
            }
        )
    note = words("impact.fields_note", count=len(rows))
    show("section_title", title=reading.entity_name(feed, entity), note=note)
    show("entity_fields", words=words, rows=rows, rest="")


def _figures(reading: Reading, figures: Sequence[ImpactedFigure]) -> None:
    words = reading.words
    standing = {row.indicator_code: row.status for row in reading.indicators()}
    rows = [
        {
            "name": words.pick(figure.name_zh, figure.name_en),
            "link": reading.visit.link(PageName.INDICATOR, code=figure.indicator_code, lineage="columns"),
            "tier": words(TIERS.get(figure.tier, "state.unknown")),
            "status": badges.status(standing.get(figure.indicator_code), words),
            "how": kinds(reading, figure.kinds),
            "periods": writing.count(figure.periods) if figure.periods else writing.DASH,
            "reported": "✓" if figure.reported else "",
        }
        for figure in figures
    ]
    show("impacted", words=words, rows=rows, rest="")


def _elsewhere(reading: Reading, found: Impact) -> None:
    """Claims that rest on touched figures, and the files that hold them."""
    words, visit = reading.words, reading.visit
    if found.claims:
        items = [
            (
                visit.link(PageName.PLAN),
                words.pick(claim.text_zh, claim.text_en),
                words("lineage.direct" if claim.direct else "lineage.indirect"),
            )
            for claim in found.claims
        ]
        show("uses", title=words("impact.claims"), note="", items=items)
    if found.exports:
        reported = sum(figure.reported and figure.periods > 0 for figure in found.figures)
        figures = writing.count(sum(figure.periods for figure in found.figures))
        items = [
            (
                visit.link(PageName.DATA),
                words(_EXPORT_WORDS[name]),
                words("impact.report_text", count=reported)
                if name == "report"
                else words("impact.export_text", count=figures),
            )
            for name in found.exports
        ]
        show("uses", title=words("impact.elsewhere"), note="", items=items)


def _gaps(reading: Reading, found: Impact) -> None:
    if found.unresolved:
        gaps = reading.ask(column_lineage.unresolved)
        names = reading.words.comma.join(f"{one.node}.{one.column_name}".rstrip(".") for one in gaps[:5])
        text = reading.words("impact.gaps_text", count=found.unresolved, names=names)
        states.notice("yellow", reading.words("impact.gaps"), text)


page(current_reading())
