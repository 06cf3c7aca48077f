"""Sparklines: the last values of a series, a word's height tall.

Drawn as SVG in an image, because pages accept no inline SVG; colours are therefore fixed by the caller's palette.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

from markupsafe import Markup

from app.components.markup import render
from app.theme.palette import Palette

WIDTH, HEIGHT, EDGE = 72, 20, 2  # CSS pixels at the base size; the edge keeps line caps inside


def sparkline(values: Sequence[float], colours: Palette, title: str) -> Markup:
    """The course of `values` (oldest first) with its last point marked. Nothing for fewer than two values."""
    if len(values) < 2:
        return Markup("")
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    flat = high == low
    step = (WIDTH - 2 * EDGE) / (len(values) - 1)
    points = [
        (EDGE + index * step, HEIGHT / 2 if flat else HEIGHT - EDGE - (value - low) / span * (HEIGHT - 2 * EDGE))
        for index, value in enumerate(values)
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    last_x, last_y = points[-1]
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<polyline points="{path}" fill="none" stroke="{colours.muted}" stroke-width="1.5" stroke-linejoin="round"/>'
        f'<circle cx="{last_x:.1f}" cy="{last_y:.1f}" r="2" fill="{colours.text}"/></svg>'
    )
    return render("sparkline", source=b64encode(drawing.encode()).decode(), title=title)
