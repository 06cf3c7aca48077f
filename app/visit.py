"""One reader's visit: language, light or dark, debug; as the address and the browser say.

Belongs here: what every page needs to know about who reads. Does not belong here: the filters of single pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import streamlit as st

from app.addresses import KEEPING_PAGES, PageName, address
from app.theme.palette import Mode, Palette, palette
from app.words import LANGUAGES, Language, Words

DEFAULT_LANGUAGE: Final[Language] = "zh"
_LANGUAGE: Final = "lang"  # in the address and in the session, which outlives a change of page
_DEBUG: Final = "debug"
_AS_OF: Final = "as_of"
_KNOWN_ON: Final = "known_on"
_NO_DAY_AFTER: Final = date(9000, 1, 1)  # pages add days to what is asked for


@dataclass(frozen=True, slots=True)
class Visit:
    """What pages ask about the reader."""

    words: Words
    mode: Mode
    debug: bool
    as_of: date | None = None
    """The day on which indicators are judged; None: the publication's own."""
    phone: bool = False
    """The browser says that it is a phone's: charts are drawn for its width."""
    known_on: date | None = None
    """The day whose publication is read; None: the newest."""

    @property
    def language(self) -> Language:
        """The reader's language."""
        return self.words.language

    @property
    def colours(self) -> Palette:
        """The colours of the reader's mode."""
        return palette(self.mode)

    def link(self, page: PageName, /, **query: str | None) -> str:
        """A link to `page` that keeps the reader's language, days and debug mode; `query` wins over them."""
        kept = {
            "as_of": self.as_of.isoformat() if self.as_of and page in KEEPING_PAGES else None,
            "known_on": self.known_on.isoformat() if self.known_on else None,
            "lang": None if self.language == DEFAULT_LANGUAGE else self.language,
            "debug": "1" if self.debug else None,
        }
        return address(page, **{**query, **{name: value for name, value in kept.items() if name not in query}})


def current_visit() -> Visit:
    """The visit of the running script; writes the language back to the address when a page change dropped it."""
    asked = st.query_params.get(_LANGUAGE) or st.session_state.get(_LANGUAGE)
    language: Language = next((known for known in LANGUAGES if known == asked), DEFAULT_LANGUAGE)
    st.session_state[_LANGUAGE] = language
    if language != DEFAULT_LANGUAGE and st.query_params.get(_LANGUAGE) != language:
        st.query_params[_LANGUAGE] = language
    return Visit(
        words=Words(language),
        mode="dark" if st.context.theme.type == "dark" else "light",
        debug=st.query_params.get(_DEBUG) == "1",
        as_of=_day(st.query_params.get(_AS_OF)),
        known_on=_day(st.query_params.get(_KNOWN_ON)),
        phone="Mobi" in (st.context.headers.get("User-Agent") or ""),
    )


def _day(text: str | None) -> date | None:
    """YYYY-MM-DD; anything else in an address names no day, nor does one at the end of what dates can hold."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if day < _NO_DAY_AFTER else None
