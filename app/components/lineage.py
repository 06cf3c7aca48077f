"""The lineage graph of one figure: department and feed, batches, entity, models, figure, from left to right.

Belongs here: the boxes and what they say; `layered.py` places and draws them. Boxes are links: a batch
leads to its page, a feed to its freshness, an entity to its checks. Does not belong here: how lineage was found out
(publishing).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from unicodedata import east_asian_width

from markupsafe import Markup

from app.addresses import PageName
from app.components import layered
from app.components.badges import QUALITY_WORDS
from app.reading import Reading
from app.theme.palette import QUALITY
from warehouse.read import writing
from warehouse.read.indicator import Evidence
from warehouse.read.lineage import LineageGraph, Node

BATCHES_DRAWN: Final = 3  # an entity's newest ones; all of them stand in the table below the graph
_PIXELS_PER_UNIT: Final = layered.FONT_SIZE * 0.51  # a Latin letter is one unit wide, a Chinese character two
_LINE_UNITS: Final = 18  # nine Chinese characters: eight steps side by side still fit a desk screen unscaled
_WHOLE_UNITS: Final = 26  # where a file name, a time or a figure has to stay whole
_LINES: Final = 3  # a longer label ends in …; the box's tooltip has all of it
_PIECES: Final = re.compile(
    r"（[^）]{1,6}）|[（《“]?[\u2e80-\uffef]|[^\u2e80-\uffef\s]*\s*"
)  # a short note in brackets, a Chinese character, a Latin word
_NEVER_FIRST: Final = frozenset("，。、；：）》”")
_KIND_WORDS: Final[dict[str, str]] = {
    "feed": "lineage.feed",
    "entity": "lineage.entity",
    "staging": "lineage.staging",
    "conformed": "lineage.conformed",
    "model": "lineage.model",
    "indicator": "lineage.indicator",
}


@dataclass(frozen=True, slots=True)
class Box:
    """One box of the drawing: lines of text, explanation on hover, where a click leads, tone of its border."""

    lines: tuple[str, ...]
    title: str
    link: str = ""
    tone: str = ""
    is_figure: bool = False
    units: int = _LINE_UNITS  # longest line


def drawn(reading: Reading, lineage: LineageGraph, evidence: Sequence[Evidence], figure_text: str) -> Markup:
    """The graph as SVG. Batches of `evidence` (newest first) stand between their feed and their entity.

    Reference tables (calendar, subdistricts) are left out: nobody delivers them.
    """
    delivered = _delivered(lineage)
    boxes = {
        node.node: _box(reading, node, lineage, figure_text)
        for node in lineage.nodes
        if node.kind != "department" and node.node in delivered
    }
    arrows = [
        (edge.from_node, edge.to_node) for edge in lineage.edges if {edge.from_node, edge.to_node} <= boxes.keys()
    ]
    kinds = {node.node: node.kind for node in lineage.nodes}
    for feed, entity in [arrow for arrow in arrows if kinds[arrow[1]] == "entity"]:
        key = tuple(entity.removeprefix("raw_").split(".", 1))
        found = [row for row in evidence if (row.feed, row.entity) == key]
        drawn = {f"batch.{row.batch_id}": _batch_box(reading, row) for row in found[:BATCHES_DRAWN]}
        if rest := len(found) - len(drawn):
            text = reading.words("lineage.more_batches", count=writing.count(rest))
            drawn[f"rest.{entity}"] = Box(
                (text,), text, reading.visit.link(PageName.BATCH, feed=key[0], entity=key[-1])
            )
        if drawn:
            arrows.remove((feed, entity))
            boxes |= drawn
            arrows += [pair for name in drawn for pair in ((feed, name), (name, entity))]
    colours = reading.visit.colours
    shapes = {name: _shape(box, reading) for name, box in boxes.items()}
    return layered.drawing(shapes, arrows, arrow_colour=colours.muted, font=colours.font) if shapes else Markup("")


def _delivered(lineage: LineageGraph) -> set[str]:
    """The nodes that a feed leads to; all of them where no feed is known."""
    reached = {node.node for node in lineage.nodes if node.kind in ("department", "feed")}
    for node in lineage.nodes:  # sorted by level: whatever leads to a node comes before it
        if any(edge.from_node in reached for edge in lineage.edges if edge.to_node == node.node):
            reached.add(node.node)
    return reached or {node.node for node in lineage.nodes}


def _box(reading: Reading, node: Node, lineage: LineageGraph, figure_text: str) -> Box:
    words, visit = reading.words, reading.visit
    label = words.pick(node.label_zh, node.label_en)
    title = words("lineage.labelled", kind=words(_KIND_WORDS.get(node.kind, "lineage.other")), label=label)
    match node.kind:
        case "feed":
            givers = {edge.from_node for edge in lineage.edges if edge.to_node == node.node}
            department = next(
                (words.pick(giver.label_zh, giver.label_en) for giver in lineage.nodes if giver.node in givers), ""
            )
            return Box((department, label), title, visit.link(PageName.BATCH, feed=node.node.removeprefix("feed.")))
        case "entity" if node.checks in QUALITY:
            look = QUALITY[node.checks]
            checks = f"{look.icon} {words('quality.checks')} {words(QUALITY_WORDS[node.checks])}"
            link = visit.link(PageName.QUALITY, feed=node.node.removeprefix("raw_").split(".", 1)[0])
            return Box((label, checks), title, link, look.tone)
        case "indicator":
            return Box((label, figure_text), title, is_figure=True, units=_WHOLE_UNITS)
        case _:
            return Box((label,), title)


def _batch_box(reading: Reading, row: Evidence) -> Box:
    words = reading.words
    received = writing.moment(row.received_at, reading.zone)
    lines = (
        _shortened(row.file_name),
        f"{row.sha256[:8]} · {words('lineage.rows', rows=writing.count(row.rows))}",
        words("lineage.received", when=received),
    )
    title = words("lineage.batch_title", file=row.file_name, sha256=row.sha256, received=received)
    return Box(lines, title, reading.visit.link(PageName.BATCH, batch=row.batch_id), units=_WHOLE_UNITS)


def _shape(box: Box, reading: Reading) -> layered.Shape:
    colours = reading.visit.colours
    lines = [part for line in box.lines if line for part in _wrapped(line, box.units)]
    return layered.Shape(
        width=round(max(text_units(line) for line in lines) * _PIXELS_PER_UNIT + 16, 1),
        height=layered.text_height(len(lines)),
        lines=lines,
        title=box.title,
        link=box.link,
        stroke=colours.text if box.is_figure else colours.tones[box.tone] if box.tone else colours.border,
        fill=colours.background if box.is_figure else colours.panel,
        text=colours.link if box.link else colours.text,
        stroke_width=2.0 if box.is_figure else 1.5 if box.tone else 1.0,
    )


def attributes(values: dict[str, Any]) -> str:
    """Attributes as DOT writes them."""
    return ", ".join(
        f"{name}={value if isinstance(value, int | float) else quoted(value)}" for name, value in values.items()
    )


def quoted(text: str) -> str:
    """A DOT string."""
    return json.dumps(text, ensure_ascii=False)


def text_units(text: str) -> int:
    """Width of a text: a Latin letter is one unit wide, a Chinese character two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _wrapped(text: str, units: int) -> list[str]:
    """The text in at most `_LINES` lines of about `units` units: Chinese breaks anywhere, Latin between words."""
    lines = [""]
    for piece in _PIECES.findall(text):
        if lines[-1] and text_units(lines[-1] + piece.rstrip()) > units and piece not in _NEVER_FIRST:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    shown = [line.rstrip() for line in lines[:_LINES]]
    return [*shown[:-1], f"{shown[-1]}…"] if len(lines) > _LINES else shown


def _shortened(name: str) -> str:
    """A file name that fits one line: its end tells the period, so the middle is left out."""
    name = name.rsplit("/", 1)[-1]
    return name if text_units(name) <= _WHOLE_UNITS else f"{name[:8]}…{name[-16:]}"
