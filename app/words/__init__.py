"""The words of the app: one catalogue, Chinese first, English beside it.

Belongs here: looking a word up in the reader's language. Words live in `catalogue/`; names of indicators, feeds and
checks are data and come from the snapshot, where `Words.pick` chooses between their two spellings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from app.words.catalogue import CATALOGUE

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)


@dataclass(frozen=True, slots=True)
class Words:
    """The catalogue in one language: `words("page.overview")`, `words("header.publication", number=12)`."""

    language: Language

    def __call__(self, key: str, **values: object) -> str:
        """The word of `key` with `values` filled in. KeyError for a key that the catalogue lacks."""
        text = CATALOGUE[key][0 if self.language == "zh" else 1]
        return text.format(**values) if values else text

    def pick(self, zh: str | None, en: str | None) -> str:
        """Of a name kept in two languages the reader's one, else the other, else nothing."""
        first, second = (zh, en) if self.language == "zh" else (en, zh)
        return first or second or ""

    def side(self, text: str) -> str:
        """Of a text kept as "Chinese / English" the reader's side; a text without that form stays whole."""
        zh, slash, en = text.partition(" / ")
        return (zh if self.language == "zh" else en) if slash and zh and en else text

    @property
    def colon(self) -> str:
        """What stands between a name and what is said of it."""
        return "：" if self.language == "zh" else ": "

    @property
    def comma(self) -> str:
        """What stands between the parts of a list."""
        return "、" if self.language == "zh" else ", "
