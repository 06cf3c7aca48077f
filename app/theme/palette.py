"""The theme as Python sees it: colours of `app/.streamlit/config.toml`, and which of them each state wears.

Belongs here: reading the theme file, the tone and icon of states, the style sheet with its variables filled in.
Does not belong here: the words of states (`app/words`), and any colour value.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

Mode = Literal["light", "dark"]
Tone = Literal["gray", "green", "blue", "orange", "yellow", "violet"]

THEME_FILE: Final = Path(__file__).resolve().parents[1] / ".streamlit" / "config.toml"
STYLE_FILE: Final = Path(__file__).with_name("style.css")


@dataclass(frozen=True, slots=True)
class Look:
    """How a state looks: the palette's tone and an icon, never colour alone; the shapes are in every system's fonts."""

    tone: Tone
    icon: str


# Blue to orange carries good to bad (colour-vision deficiencies keep that axis); green is the end of the road, grey is
# "nothing to judge", violet is "kept back by us", yellow is "waited for".
STATUS: Final[dict[str, Look]] = {
    "achieved_early": Look("green", "★"),
    "ahead": Look("blue", "▲"),
    "on_schedule": Look("gray", "●"),
    "behind": Look("orange", "▼"),
    "undefined": Look("gray", "□"),
    "not_due": Look("gray", "◇"),
    "missing": Look("yellow", "○"),
    "held": Look("violet", "■"),
    "not_assessed": Look("gray", "－"),
}
FRESHNESS: Final[dict[str, Look]] = {
    "on_time": Look("blue", "✓"),
    "not_due": Look("gray", "◇"),
    "late": Look("orange", "▼"),
    "missing": Look("yellow", "○"),
    "not_delivered": Look("gray", "□"),
}
QUALITY: Final[dict[str, Look]] = {
    "ok": Look("blue", "✓"),
    "warning": Look("yellow", "△"),
    "failed": Look("orange", "×"),
    "unknown": Look("gray", "－"),
}
BATCH: Final[dict[str, Look]] = {
    "landed": Look("gray", "◇"),
    "parsed": Look("gray", "◇"),
    "admitted": Look("blue", "✓"),
    "held": Look("violet", "■"),
    "superseded": Look("gray", "□"),
}
OUTCOME: Final[dict[str, Look]] = {
    "PASSED": Look("blue", "✓"),
    "WARN": Look("yellow", "△"),
    "FAILED": Look("orange", "×"),
    "NOT_EVALUATED": Look("orange", "－"),
}
VERDICT: Final[dict[str, Look]] = {
    "holds": Look("blue", "✓"),
    "does_not_hold": Look("orange", "×"),
    "cannot_be_judged": Look("gray", "◇"),
}
ROLE: Final[dict[str, Look]] = {
    "supports": Look("blue", "✓"),
    "breaks": Look("orange", "×"),
    "not_judged": Look("gray", "□"),
}
OUTLOOK: Final[dict[str, Look]] = {
    "will_meet": Look("blue", "▲"),
    "may_meet": Look("gray", "●"),
    "will_miss": Look("orange", "▼"),
}
UNKNOWN: Final = Look("gray", "－")


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one mode, as `#rrggbb`."""

    mode: Mode
    background: str
    panel: str
    text: str
    muted: str
    border: str
    link: str
    tones: dict[str, str]
    tints: dict[str, str]
    font: str


@cache
def palette(mode: Mode) -> Palette:
    """The colours of `mode`, read once from the theme file."""
    theme = tomllib.loads(THEME_FILE.read_text(encoding="utf-8"))["theme"]
    colours = theme[mode]
    tones: tuple[Tone, ...] = ("gray", "green", "blue", "orange", "yellow", "violet")
    return Palette(
        mode=mode,
        background=colours["backgroundColor"],
        panel=colours["secondaryBackgroundColor"],
        text=colours["textColor"],
        muted=colours["grayTextColor"],
        border=colours["borderColor"],
        link=colours["linkColor"],
        tones={tone: colours[f"{tone}TextColor"] for tone in tones},
        tints={tone: colours[f"{tone}BackgroundColor"] for tone in tones},
        font=theme["font"],
    )


@cache
def style_sheet(mode: Mode) -> str:
    """The style sheet as text, with the colours of `mode` as custom properties in front."""
    colours = palette(mode)
    properties = {
        "background": colours.background,
        "panel": colours.panel,
        "text": colours.text,
        "muted": colours.muted,
        "border": colours.border,
        "link": colours.link,
        **colours.tones,
        **{f"{tone}-tint": tint for tone, tint in colours.tints.items()},
    }
    declared = "".join(f"--dm-{name}:{value};" for name, value in properties.items())
    # Without comments: it is sent and cleaned at every run of a page.
    rules = re.sub(r"/\*.*?\*/", "", STYLE_FILE.read_text(encoding="utf-8"), flags=re.DOTALL)
    return f":root{{{declared}}}\n" + re.sub(r"\n\s*", "\n", rules)
