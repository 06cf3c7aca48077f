"""The catalogue: key -> (Chinese, English). Chinese is written first and decides; English follows it.

Belongs here: every word of the app, one module for each part of it; modules are found, not listed. Does not belong
here: names that are data (indicators, feeds, checks). tests/app/test_words.py sees to it that no key is missing or left
over.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

CATALOGUE: Final[dict[str, tuple[str, str]]] = {}
for _module in sorted(iter_modules(__path__), key=lambda found: found.name):
    _words: dict[str, tuple[str, str]] = import_module(f"{__name__}.{_module.name}").WORDS
    if _twice := CATALOGUE.keys() & _words.keys():
        raise ValueError(f"{_module.name}: {sorted(_twice)} written twice")
    CATALOGUE.update(_words)
