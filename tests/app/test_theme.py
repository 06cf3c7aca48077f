"""The theme: contrast, tones that colour-blind readers tell apart, look and word of every state, nothing fetched."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Mapping
from typing import get_args

import pytest

from app.components import badges
from app.theme import palette
from app.words.catalogue import CATALOGUE

MODES = get_args(palette.Mode)
AA = 4.5  # WCAG 2.1, contrast of normal text
# Machado, Oliveira, Fernandes 2009, severity 1.0, on linear RGB.
DEFICIENCIES = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
}
# Distance in CIE L*a*b* from which two colours are told apart side by side at a glance (2.3 is just noticeable).
TOLD_APART = 10.0

Rgb = tuple[float, float, float]


def _linear(colour: str) -> Rgb:
    def channel(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (channel(int(colour[start : start + 2], 16)) for start in (1, 3, 5))
    return red, green, blue


def _contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        red, green, blue = _linear(colour)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _lab(rgb: Rgb) -> Rgb:
    red, green, blue = (min(max(channel, 0.0), 1.0) for channel in rgb)
    white = (0.95047, 1.0, 1.08883)
    xyz = (
        0.4124564 * red + 0.3575761 * green + 0.1804375 * blue,
        0.2126729 * red + 0.7151522 * green + 0.0721750 * blue,
        0.0193339 * red + 0.1191920 * green + 0.9503041 * blue,
    )

    def curve(share: float) -> float:
        return float(share ** (1 / 3)) if share > 0.008856 else 7.787 * share + 16 / 116

    x, y, z = (curve(value / norm) for value, norm in zip(xyz, white, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _seen(colour: str, deficiency: str) -> Rgb:
    rgb = _linear(colour)
    red, green, blue = (sum(a * b for a, b in zip(row, rgb, strict=True)) for row in DEFICIENCIES[deficiency])
    return _lab((red, green, blue))


@pytest.mark.parametrize("mode", MODES)
def test_every_text_colour_reaches_aa_on_page_and_panel(mode: palette.Mode) -> None:
    colours = palette.palette(mode)
    for text in (colours.text, colours.muted, colours.link, *colours.tones.values()):
        assert _contrast(text, colours.background) >= AA
        assert _contrast(text, colours.panel) >= AA


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_statuses_of_the_plan_are_told_apart_without_red_and_green(mode: palette.Mode, deficiency: str) -> None:
    tones = palette.palette(mode).tones
    judged = {palette.STATUS[state].tone for state in ("achieved_early", "ahead", "on_schedule", "behind", "held")}
    for one, other in itertools.combinations(sorted(judged), 2):
        first, second = _seen(tones[one], deficiency), _seen(tones[other], deficiency)
        assert sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) ** 0.5 >= TOLD_APART, (one, other)


@pytest.mark.parametrize(
    ("looks", "words"),
    [
        (palette.STATUS, badges.STATUS_WORDS),
        (palette.FRESHNESS, badges.FRESHNESS_WORDS),
        (palette.QUALITY, badges.QUALITY_WORDS),
        (palette.BATCH, badges.BATCH_WORDS),
        (palette.OUTCOME, badges.OUTCOME_WORDS),
    ],
)
def test_every_state_has_icon_word_and_tone(looks: Mapping[str, palette.Look], words: Mapping[str, str]) -> None:
    assert looks.keys() == words.keys()
    assert len({(look.icon, CATALOGUE[words[state]][0]) for state, look in looks.items()}) == len(looks)
    for look in looks.values():
        assert look.icon.strip()
        assert look.tone in palette.palette("light").tones


def test_words_of_statuses_are_those_of_the_snapshot() -> None:
    """The snapshot carries the status words too (for `district status`); the page must not call them otherwise."""
    sql = (palette.THEME_FILE.parents[2] / "warehouse" / "publish" / "status.sql").read_text(encoding="utf-8")
    for key in badges.STATUS_WORDS.values():
        assert f"'{CATALOGUE[key][0]}'" in sql


def test_nothing_is_fetched_and_nobody_is_told() -> None:
    settings = tomllib.loads(palette.THEME_FILE.read_text(encoding="utf-8"))
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["server"]["address"] == "127.0.0.1"
    assert "fontFaces" not in settings["theme"]
    for text in (palette.THEME_FILE.read_text(encoding="utf-8"), palette.style_sheet("light")):
        assert "http:" not in text
        assert "https:" not in text
        assert "url(" not in text


def test_no_page_is_rewritten_before_it_runs() -> None:
    """Streamlit's magic parses page sources in every session's thread, where Python 3.11 can fail."""
    settings = tomllib.loads(palette.THEME_FILE.read_text(encoding="utf-8"))
    assert settings["runner"]["magicEnabled"] is False
