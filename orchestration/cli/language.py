"""Words of the command line in the reader's language: Chinese first, English with DISTRICT_LANG=en.

Belongs here: choosing. Does not belong here: words (they stand where they are said).
"""

from __future__ import annotations

import os


def english() -> bool:
    """Whether the reader asked for English."""
    return os.environ.get("DISTRICT_LANG", "zh").lower().startswith("en")


def say(zh: str, en: str) -> str:
    """The text in the reader's language."""
    return en if english() else zh
