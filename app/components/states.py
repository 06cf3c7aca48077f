"""States of a page that have no figures to show, each saying what it means and what to do next."""

from __future__ import annotations

import logging
from secrets import token_hex

from app.components.markup import show
from app.theme.palette import Tone
from app.words import Words

_log = logging.getLogger(__name__)


def notice(tone: Tone, title: str, text: str) -> None:
    """A notice: what is the matter, what it means, and what to do next."""
    show("notice", tone=tone, title=title, text=text)


def failed(words: Words) -> None:
    """A fault of ours: the running exception goes to the log under a short id, and the page tells that id."""
    fault = token_hex(4)
    _log.exception("页面出错，编号 %s / page failed, id %s", fault, fault)
    notice("orange", words("failed.title"), words("failed.text", fault=fault))
