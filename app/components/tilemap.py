"""The subdistricts as a schematic map: one tile each, placed roughly as on the map, with its figure written in it.

Belongs here: drawing. Does not belong here: the places (`warehouse.read.tiles`) and the figures.
All tiles are of one size: a small, densely built subdistrict counts as much as a large one. The depth of the colour
follows the value, which every tile also says in words; a tile without a figure stays empty and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import altair as alt

from app.components.charts import dressed
from app.queries import Subdistrict
from app.reading import Reading
from warehouse.read import writing
from warehouse.read.indicator import AreaObservation, Definition
from warehouse.read.tiles import placed, tiles

TILE_HEIGHT: Final = 62  # pixels: a name and a figure, at the base size
# The depth of the tone: the lightest still differs from the page, and text keeps contrast 4.5 (WCAG AA) on the deepest.
_LIGHTEST, _DEEPEST = 0.08, 0.42
_SHORTENED: Final = ("街道", " Subdistrict", " Town")  # what every name ends with


def tile_map(
    reading: Reading,
    indicator: Definition,
    areas: Sequence[Subdistrict],
    rows: Sequence[AreaObservation],
    *,
    tile_height: int = TILE_HEIGHT,
) -> alt.LayerChart | alt.FacetChart:
    """The map of one period's figures."""
    colours, words = reading.visit.colours, reading.words
    unit = words.pick(indicator.unit_zh, indicator.unit_en)
    values = {row.area_code: row.value for row in rows}
    names = {area.area_code: words.pick(area.name_zh, area.name_en) for area in areas}
    names |= {row.area_code: words.pick(row.name_zh, row.name_en) for row in rows if row.area_code not in names}
    places = placed(sorted(names), tiles())

    def tile(code: str) -> dict[str, object]:
        printed = writing.figure(values.get(code), unit, indicator.decimals, reading.language)
        return {
            "row": places[code].row,
            "column": places[code].column,
            "name": names[code],
            "short": short_name(names[code]),
            "value": values.get(code),
            "printed": printed.full,
            "told": f"{names[code]}{words.colon}{printed.full}",
        }

    drawn = [tile(code) for code in sorted(names)]
    base = alt.Chart(alt.InlineData(values=drawn)).encode(
        x=alt.X("column:O", axis=None, scale=alt.Scale(paddingInner=0.06)),
        y=alt.Y("row:O", axis=None, scale=alt.Scale(paddingInner=0.08)),
    )
    frame = base.mark_rect(cornerRadius=4, fill=None, stroke=colours.border, strokeWidth=1).encode(
        description=alt.Description("told:N")
    )
    depth = alt.FillOpacity(
        "value:Q", scale=alt.Scale(range=[_LIGHTEST, _DEEPEST], zero=indicator.additive), legend=None
    )
    filled = base.mark_rect(cornerRadius=4, fill=colours.tones["blue"], aria=False).encode(fillOpacity=depth)
    label = base.mark_text(dy=-10, fontSize=12, color=colours.text, aria=False).encode(text="short:N")
    figure = base.mark_text(dy=9, fontSize=13, fontWeight=600, color=colours.text, aria=False).encode(text="printed:N")
    chart = alt.layer(frame, filled.transform_filter("isValid(datum.value)"), label, figure)
    return dressed(chart.properties(height=alt.Step(tile_height)), reading)


def short_name(name: str) -> str:
    """A subdistrict's name without the word for subdistrict, as people say it."""
    for ending in _SHORTENED:
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name.removesuffix(ending)
    return name
