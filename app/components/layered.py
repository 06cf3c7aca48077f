"""Boxes and arrows in layers from left to right, laid out here and written as SVG.

Belongs here: where boxes stand, how arrows run, the SVG. Does not belong here: what the boxes say (`lineage.py`).
Graphviz in the browser did this before, for a megabyte of program and a third of a second at every visit
(docs/performance/pages.md). The method is the usual one: layers by the longest way, order within them by the mean place
of the neighbours, arrows over several layers led through places kept free for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from markupsafe import Markup

_BETWEEN_LAYERS: Final = 34  # CSS pixels; room for an arrow that crosses others
_BETWEEN_BOXES: Final = 10
_PASSAGE: Final = 6  # height of the place that an arrow takes in a layer which it passes
_EDGE: Final = 4
_SWEEPS: Final = 6
_LINE_HEIGHT: Final = 15
FONT_SIZE: Final = 12


@dataclass(frozen=True, slots=True)
class Shape:
    """A box: its size in CSS pixels, lines of text, what it says on hover, where a click leads, and its colours."""

    width: float
    height: float
    lines: Sequence[str]
    title: str
    link: str
    stroke: str
    fill: str
    text: str
    stroke_width: float = 1.0


Arrow = tuple[str, str]


def drawing(shapes: Mapping[str, Shape], arrows: Iterable[Arrow], *, arrow_colour: str, font: str) -> Markup:
    """The graph as SVG in its own size. Arrows of unknown boxes are left out; a circle is a ValueError."""
    known = [(source, target) for source, target in dict.fromkeys(arrows) if {source, target} <= shapes.keys()]
    level = _levels(shapes, known)
    layers, chains = _layers(level, known)
    heights = {name: shapes[name].height if name in shapes else _PASSAGE for layer in layers for name in layer}
    neighbours: dict[str, list[str]] = {name: [] for name in heights}
    for chain in chains:
        for source, target in pairwise(chain):
            neighbours[source].append(target)
            neighbours[target].append(source)
    middles = _places(layers, heights, neighbours)
    widths = [max((shapes[name].width for name in layer if name in shapes), default=0.0) for layer in layers]
    lefts = [_EDGE + sum(widths[:place]) + place * _BETWEEN_LAYERS for place in range(len(layers))]
    whole = lefts[-1] + widths[-1] + _EDGE
    tall = max(middles[name] + heights[name] / 2 for name in heights) + _EDGE
    at = {name: place for place, layer in enumerate(layers) for name in layer}

    def left(name: str) -> float:
        return lefts[at[name]] + (widths[at[name]] - shapes[name].width) / 2

    parts = [
        Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" width="{w:.0f}" height="{h:.0f}" viewBox="0 0 {w:.0f} {h:.0f}"'
            ' font-family="{font}" font-size="{size}"><defs><marker id="dm-arrow" viewBox="0 0 8 8" refX="7" refY="4"'
            ' markerWidth="7" markerHeight="7" orient="auto"><path d="M0,0L8,4L0,8z" fill="{colour}"/></marker></defs>'
        ).format(w=whole, h=tall, font=font, size=FONT_SIZE, colour=arrow_colour)
    ]
    for chain in chains:
        points = [(left(chain[0]) + shapes[chain[0]].width, middles[chain[0]])]
        for name in chain[1:-1]:
            points += [(lefts[at[name]], middles[name]), (lefts[at[name]] + widths[at[name]], middles[name])]
        points.append((left(chain[-1]), middles[chain[-1]]))
        parts.append(
            Markup(
                '<path d="{d}" fill="none" stroke="{colour}" marker-end="url(#dm-arrow)"'
                ' data-from="{a}" data-to="{b}"/>'
            ).format(d=_curve(points), colour=arrow_colour, a=chain[0], b=chain[-1])
        )
    parts += [_box(shape, left(name), middles[name] - shape.height / 2) for name, shape in shapes.items()]
    return Markup("").join([*parts, Markup("</svg>")])


def _levels(shapes: Mapping[str, Shape], arrows: Sequence[Arrow]) -> dict[str, int]:
    """For each box the longest way to it; what leads nowhere else stands right before what it leads to."""
    before: dict[str, list[str]] = {name: [] for name in shapes}
    after: dict[str, list[str]] = {name: [] for name in shapes}
    for source, target in arrows:
        before[target].append(source)
        after[source].append(target)
    waiting = {name: len(sources) for name, sources in before.items()}
    ready = [name for name, count in waiting.items() if not count]
    level = dict.fromkeys(ready, 0)
    order = []
    while ready:
        name = ready.pop(0)
        order.append(name)
        for target in after[name]:
            level[target] = max(level.get(target, 0), level[name] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    if len(order) < len(shapes):
        raise ValueError("有环的图不能分层绘制 / a graph with a circle cannot be drawn in layers")
    for name in reversed(order):
        if after[name]:
            level[name] = min(level[target] for target in after[name]) - 1
    return level


def _layers(level: Mapping[str, int], arrows: Sequence[Arrow]) -> tuple[list[list[str]], list[list[str]]]:
    """Names by layer, and each arrow as the chain of places it runs through (own names for those it passes)."""
    layers: list[list[str]] = [[] for _ in range(max(level.values(), default=0) + 1)]
    for name, place in level.items():
        layers[place].append(name)
    chains = []
    for source, target in arrows:
        passed = [f"{source}\n{target}\n{place}" for place in range(level[source] + 1, level[target])]
        for place, name in enumerate(passed, start=level[source] + 1):
            layers[place].append(name)
        chains.append([source, *passed, target])
    return layers, chains


def _places(
    layers: list[list[str]], heights: Mapping[str, float], neighbours: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """The middle of every box: layers are sorted by the mean of their neighbours, to and fro, and then packed."""
    middles: dict[str, float] = {}
    for layer in layers:
        top = float(_EDGE)
        for name in layer:
            middles[name] = top + heights[name] / 2
            top += heights[name] + _BETWEEN_BOXES

    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            wanted = {
                name: sum(middles[one] for one in neighbours[name]) / len(neighbours[name])
                if neighbours[name]
                else middles[name]
                for name in layer
            }
            layer.sort(key=lambda name: wanted[name])
            _pack(layer, heights, wanted, middles)
    highest = min(middles[name] - heights[name] / 2 for name in middles)
    return {name: middle - highest + _EDGE for name, middle in middles.items()}


def _pack(
    layer: Sequence[str], heights: Mapping[str, float], wanted: Mapping[str, float], to: dict[str, float]
) -> None:
    """As near as possible to where each wants to be, in this order, without touching: groups that collide share."""
    groups: list[tuple[list[str], float]] = []  # names, top
    for name in layer:
        names, top = [name], wanted[name] - heights[name] / 2
        while groups and groups[-1][1] + _height(groups[-1][0], heights) + _BETWEEN_BOXES > top:
            above, above_top = groups.pop()
            ideal = above_top * len(above) + (top - _height(above, heights) - _BETWEEN_BOXES) * len(names)
            names, top = [*above, *names], ideal / (len(above) + len(names))
        groups.append((names, top))
    for names, top in groups:
        for name in names:
            to[name] = top + heights[name] / 2
            top += heights[name] + _BETWEEN_BOXES


def _height(names: Sequence[str], heights: Mapping[str, float]) -> float:
    return sum(heights[name] for name in names) + _BETWEEN_BOXES * (len(names) - 1)


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """Straight through the layers it passes, a curve between them."""
    text = f"M{points[0][0]:.1f},{points[0][1]:.1f}"
    for place, ((x, y), (next_x, next_y)) in enumerate(pairwise(points)):
        middle = (x + next_x) / 2
        text += (
            f"C{middle:.1f},{y:.1f} {middle:.1f},{next_y:.1f} {next_x:.1f},{next_y:.1f}"
            if place % 2 == 0
            else f"L{next_x:.1f},{next_y:.1f}"
        )
    return text


def _box(shape: Shape, left: float, top: float) -> Markup:
    first = top + shape.height / 2 - (len(shape.lines) - 1) * _LINE_HEIGHT / 2 + FONT_SIZE * 0.35
    lines = Markup("").join(
        Markup('<tspan x="{x:.1f}" y="{y:.1f}">{line}</tspan>').format(
            x=left + shape.width / 2, y=first + place * _LINE_HEIGHT, line=line
        )
        for place, line in enumerate(shape.lines)
    )
    box = Markup(
        '<g role="graphics-symbol" aria-label="{title}"><rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}"'
        ' rx="4" fill="{fill}" stroke="{stroke}" stroke-width="{thick}"/><text text-anchor="middle" fill="{text}">'
        "{lines}</text></g>"
    ).format(
        title=shape.title,
        x=left,
        y=top,
        w=shape.width,
        h=shape.height,
        fill=shape.fill,
        stroke=shape.stroke,
        thick=shape.stroke_width,
        text=shape.text,
        lines=lines,
    )
    return Markup('<a href="{link}">{box}</a>').format(link=shape.link, box=box) if shape.link else box


def text_height(lines: int) -> float:
    """The height of a box with so many lines of text."""
    return lines * _LINE_HEIGHT + 10.0
