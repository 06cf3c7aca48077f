"""Words of the revision triangle and of looking at an earlier publication: key -> (Chinese, English)."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "triangle.title": ("修订三角：历次发布所报", "Revision triangle: what each publication said"),
    "triangle.note": (
        "{count} 次发布改动过本指标；点列头看当时的页面",
        "{count} publications changed this indicator; a column's head leads to the page as it was",
    ),
    "triangle.known_on": ("看当日所见", "see what was said that day"),
    "triangle.first": ("首次发布", "first published"),
    "triangle.up": ("上调", "revised up"),
    "triangle.down": ("下调", "revised down"),
    "triangle.same": ("未变", "unchanged"),
    "triangle.withdrawn": ("撤回", "withdrawn"),
    "known_on.title": ("您在看 {day} 当日所见", "You see what was said on {day}"),
    "known_on.text": (
        "这是第 {number} 次发布的数值与状态，此后的更正不在其中。",
        "Figures and status are those of publication {number}; later corrections are not in them.",
    ),
    "known_on.back": ("返回最新发布", "Back to the newest publication"),
}
