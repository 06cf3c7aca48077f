"""One thing that `verify` found wrong.

Belongs here: the record. Does not belong here: looking (`files.py`, `verify.py`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement, and where; `remedy_*` say what mends it ('' where the text itself does)."""

    zh: str
    en: str
    remedy_zh: str = ""
    remedy_en: str = ""
