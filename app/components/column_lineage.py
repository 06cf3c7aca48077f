"""The columns that a figure is made from, drawn table by table from left to right, and the list of its fields.

Belongs here: the drawing in DOT and the table below it. A field's box leads to what else it touches. Does not belong
here: the graph of whole tables (`lineage.py`), how lineage was found out (publishing).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import streamlit as st

from app.addresses import PageName
from app.components import badges
from app.components.lineage import attributes, quoted, text_units
from app.components.markup import show
from app.reading import Reading
from app.theme.palette import BATCH, FRESHNESS, QUALITY
from warehouse.read import writing
from warehouse.read.figure_columns import FieldUse, FigureColumn, FigureColumns
from warehouse.read.lineage import Node

_FONT_SIZE: Final = 12
_INCHES_PER_UNIT: Final = _FONT_SIZE * 0.51 / 72
_WIDEST: Final = 26  # units of a box: longer names end in …, the tooltip has all of it
_ALARMS: Final = ("warning", "failed")
KIND_WORDS: Final[dict[str, str]] = {
    "identity": "transformation.identity",
    "transformation": "transformation.transformation",
    "aggregation": "transformation.aggregation",
    "conditional": "transformation.conditional",
    "window": "transformation.window",
    "filter": "transformation.filter",
    "join": "transformation.join",
    "group_by": "transformation.group_by",
    "sort": "transformation.sort",
}


def show_columns(reading: Reading, found: FigureColumns, figure_text: str) -> None:
    """The drawing, and the fields that the figure depends on, direct ones first."""
    words = reading.words
    alt = words("lineage.title")
    st.graphviz_chart(dot(reading, found, figure_text), width="content", alt=alt)
    direct = sum(one.direct for one in found.fields)
    note = words("lineage.fields_note", direct=direct, indirect=len(found.fields) - direct)
    show("section_title", title=words("lineage.fields"), note=note)
    fields_table(reading, found.fields)


def fields_table(reading: Reading, fields: Sequence[FieldUse]) -> None:
    """Fields with what becomes of them; each leads to its impact."""
    words = reading.words
    rows = [
        {
            "field": words.pick(one.label_zh, one.label_en),
            "name": one.field,
            "link": reading.visit.link(PageName.IMPACT, feed=one.feed, entity=one.entity, field=one.field),
            "entity": f"{reading.feed_name(one.feed)} · {reading.entity_name(one.feed, one.entity)}",
            "way": words("lineage.direct" if one.direct else "lineage.indirect"),
            "direct": one.direct,
            "how": kinds(reading, one.kinds),
            "state": badges.quality(one.state, words) if one.state else writing.DASH,
        }
        for one in fields
    ]
    show("fields", words=words, rows=rows, rest="")


def kinds(reading: Reading, names: Sequence[str]) -> str:
    """Kinds of step in words; "as it is" goes without saying where something else happens."""
    told = [name for name in names if name != "identity"] or list(names)
    return reading.words.comma.join(reading.words(KIND_WORDS.get(name, "state.unknown")) for name in told)


def dot(reading: Reading, found: FigureColumns, figure_text: str) -> str:
    """The columns in DOT: a frame for each table, a box for each column whose values go in."""
    colours = reading.visit.colours
    frame = {"shape": "box", "style": "filled", "fontsize": _FONT_SIZE, "fontname": colours.font, "fixedsize": "true"}
    paint = {"fontcolor": colours.text, "fillcolor": colours.background, "color": colours.border}
    boxes = [line for node in found.nodes for line in _table(reading, found, node, figure_text)]
    arrows = sorted({(_id(e.from_node, e.from_column), _id(e.to_node, e.to_column)) for e in found.steps})
    return "\n".join(
        [
            "digraph columns {",
            '  graph [rankdir=LR, bgcolor="transparent", nodesep=0.08, ranksep=0.35, pad=0.05];',
            f"  node [{attributes(frame | paint)}];",
            f"  edge [{attributes({'color': colours.muted, 'arrowsize': 0.6})}];",
            *boxes,
            *(f"  {quoted(source)} -> {quoted(target)};" for source, target in arrows),
            "}",
        ]
    )


def _table(reading: Reading, found: FigureColumns, node: Node, figure_text: str) -> Iterator[str]:
    own = [column for column in found.columns if column.node == node.node]
    if not own:  # only fields that choose rows: the table below tells them
        return
    words, colours = reading.words, reading.visit.colours
    if node.kind == "indicator":
        width = max(text_units(figure_text), text_units(words.pick(node.label_zh, node.label_en)))
        label = f"{words.pick(node.label_zh, node.label_en)}\n{figure_text}"
        box = {"label": label, "tooltip": label, "penwidth": 2, "color": colours.text} | _size(width, 2)
        yield f"  {quoted(_id(node.node, own[0].column_name))} [{attributes(box)}];"
        return
    title, tone = _title(reading, found, node)
    width = min(_WIDEST, max(text_units(text) for column in own for text in _lines(reading, column)))
    width = max(width, *(text_units(line) for line in title))
    look = {
        "label": "\n".join(title),
        "labeljust": "l",
        "fontsize": _FONT_SIZE,
        "fontname": colours.font,
        "fontcolor": colours.tones[tone] if tone else colours.muted,
        "style": "rounded,filled",
        "fillcolor": colours.panel,
        "color": colours.tones[tone] if tone else colours.border,
        "penwidth": 1.5 if tone else 1,
        "margin": 6,
    }
    yield f"  subgraph {quoted('cluster_' + node.node)} {{ graph [{attributes(look)}];"
    for column in own:
        yield f"    {quoted(_id(column.node, column.column_name))} [{attributes(_box(reading, node, column, width))}];"
    yield "  }"


def _title(reading: Reading, found: FigureColumns, node: Node) -> tuple[list[str], str]:
    """Name of the table and, for a delivered one, what is wrong with it; the tone of the worst."""
    words = reading.words
    lines = [_cut(words.pick(node.label_zh, node.label_en))]
    tone = ""
    if node.freshness in ("late", "missing"):
        look = FRESHNESS[node.freshness]
        tone = look.tone
        lines.append(f"{look.icon} {words(badges.FRESHNESS_WORDS[node.freshness])}")
    if node.node in found.held:
        look = BATCH["held"]
        tone = look.tone
        lines.append(f"{look.icon} {words('lineage.held')}")
    if node.checks in _ALARMS:
        look = QUALITY[node.checks]
        tone = look.tone
        lines.append(f"{look.icon} {words('quality.checks')} {words(badges.QUALITY_WORDS[node.checks])}")
    return lines, tone


def _box(reading: Reading, node: Node, column: FigureColumn, width: int) -> dict[str, Any]:
    words, colours = reading.words, reading.visit.colours
    lines = _lines(reading, column)
    values: dict[str, Any] = {
        "label": "\n".join(lines),
        "tooltip": words(
            "lineage.column_title",
            table=words.pick(node.label_zh, node.label_en),
            label=words.pick(column.label_zh, column.label_en) or column.column_name,
            name=column.column_name,
        ),
        **_size(width, len(lines)),
    }
    if node.kind == "entity":
        feed, entity = node.node.removeprefix("raw_").split(".", 1)
        values["URL"] = reading.visit.link(PageName.IMPACT, feed=feed, entity=entity, field=column.column_name)
        values["fontcolor"] = colours.link
    if column.state in _ALARMS:
        values |= {"color": colours.tones[QUALITY[column.state].tone], "penwidth": 2}
    return values


def _lines(reading: Reading, column: FigureColumn) -> list[str]:
    """The label and, below it, the column's own name; a column without a label has its name alone."""
    label = reading.words.pick(column.label_zh, column.label_en)
    alarm = f"{QUALITY[column.state].icon} " if column.state in _ALARMS else ""
    if not label or label == column.column_name:
        return [_cut(alarm + column.column_name)]
    return [_cut(alarm + label), _cut(column.column_name)]


def _size(width: int, lines: int) -> dict[str, float]:
    return {"width": round(width * _INCHES_PER_UNIT + 0.2, 2), "height": round(lines * _FONT_SIZE * 1.2 / 72 + 0.1, 2)}


def _cut(text: str) -> str:
    while text_units(text) > _WIDEST:
        text = text.removesuffix("…")[:-1] + "…"
    return text


def _id(node: str, column: str) -> str:
    return f"{node} {column}"
