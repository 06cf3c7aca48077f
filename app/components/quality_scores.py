"""Quality scores: six dimensions across, subjects down, each with A of B and its course over the publications.

Belongs here: the table and the panel of one subject. Does not belong here: the arithmetic (published).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from app.components import badges
from app.components.markup import put, render, show
from app.components.sparkline import sparkline
from app.components.tables import DIMENSION_WORDS, dimension_name
from app.reading import Reading
from warehouse.read import scores as read_scores
from warehouse.read import writing
from warehouse.read.scores import QualityScore

_SEVERITIES: Final[dict[str, str]] = {
    "blocking": "score.blocking",
    "error": "score.error",
    "warning": "score.warning",
}


def panel(reading: Reading, kind: str, subject: str, *, title: str) -> bool:
    """The scores of one subject by dimension; False where it has none."""
    words = reading.words
    found = {row.dimension: row for row in reading.ask(read_scores.scores, kind) if row.subject == subject}
    if not found:
        return False
    cells = [
        {
            "name": dimension_name(reading, dimension) if dimension else words("score.whole"),
            "score": _score(found.get(dimension)),
            "badge": _badge(reading, found.get(dimension)),
            "parts": _parts(found.get(dimension)),
        }
        for dimension in ("", *DIMENSION_WORDS)
    ]
    show("dimensions", title=title, note=words("score.note"), cells=cells)
    return True


def table(reading: Reading, kind: str, names: Mapping[str, tuple[str, str | None]]) -> None:
    """Subjects by dimension, the lowest mean first. `names`: subject -> name and address of its checks."""
    put(reading.keep("scores", kind, tuple(names), draw=lambda: _table(reading, kind, names)))


def _table(reading: Reading, kind: str, names: Mapping[str, tuple[str, str | None]]) -> Markup:
    words = reading.words
    found: dict[str, dict[str, QualityScore]] = {}
    for row in reading.ask(read_scores.scores, kind):
        if row.subject in names:
            found.setdefault(row.subject, {})[row.dimension] = row
    if not found:
        return Markup("")
    history = reading.ask(read_scores.score_history, kind)
    rows = [
        {
            "name": names[subject][0],
            "link": names[subject][1],
            "whole": _score(by_dimension.get("")),
            "course": sparkline(history.get(subject, []), reading.visit.colours, words("score.course")),
            "cells": [
                {"score": _score(by_dimension.get(name)), "parts": _parts(by_dimension.get(name))}
                for name in DIMENSION_WORDS
            ],
        }
        for subject, by_dimension in sorted(found.items(), key=lambda item: (_value(item[1].get("")), item[0]))
    ]
    weights = reading.ask(read_scores.weights)
    return render(
        "quality_scores",
        title=words("score.title"),
        note=words("score.note"),
        heads=[dimension_name(reading, name) for name in DIMENSION_WORDS],
        words=words,
        rows=rows,
        weights=[
            {
                "name": dimension_name(reading, one.name) if one.kind == "dimension" else words(_SEVERITIES[one.name]),
                "weight": f"{one.weight:g}",
                "reason": words.pick(one.reason_zh, one.reason_en),
            }
            for one in weights
        ],
    )


def _value(row: QualityScore | None) -> float:
    return 101.0 if row is None else row.score


def _score(row: QualityScore | None) -> str:
    """One decimal; never 100.0 for what is not whole."""
    if row is None:
        return writing.DASH
    return f"{min(row.score, 99.9) if row.satisfied < row.tested else row.score:.1f}"


def _parts(row: QualityScore | None) -> str:
    return "" if row is None else f"{writing.count(row.satisfied)} / {writing.count(row.tested)}"


def _badge(reading: Reading, row: QualityScore | None) -> Any:
    if row is None:
        return reading.words("quality.not_checked")
    return badges.outcome("FAILED" if row.failed else "WARN" if row.warned else "PASSED", reading.words)


def entity_names(reading: Reading, entities: Sequence[tuple[str, str]]) -> dict[str, tuple[str, str | None]]:
    """Names of entities (feed, entity) by subject."""
    return {f"{feed}.{entity}": (reading.entity_name(feed, entity), None) for feed, entity in entities}
