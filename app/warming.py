"""Ahead of the reader: what the first visitor after a start, or after a publication, would otherwise wait for.

Belongs here: one thread a server that starts the drawing engine and, at each new snapshot, asks again what pages have
lately asked of the one before, so that readers find the answers known. Does not belong here: the questions. It writes
nothing, and whatever fails here is left to the pages, which say it properly.
"""

from __future__ import annotations

import gc
import logging
import threading
from functools import cache
from pathlib import Path
from typing import Final

from streamlit import runtime

from app import queries
from app.components import pictures
from warehouse.home import Home
from warehouse.read import NothingPublished, SnapshotReader

_log = logging.getLogger(__name__)
_LOOKS_EVERY: Final = 1.0  # seconds; a look reads one symbolic link
# Between two questions: the thread gives way to sessions, which share one interpreter with it.
_PAUSE: Final = 0.01


def begin() -> None:
    """Start the thread, once in the life of a server; where Streamlit's test runner stands in for one, do nothing."""
    if runtime.exists() and isinstance(runtime.get_instance(), runtime.Runtime):
        _thread()


@cache
def _thread() -> threading.Thread:
    thread = threading.Thread(target=_go_on, name="warming", daemon=True)
    thread.start()
    return thread


def _go_on() -> None:
    pause = threading.Event()
    try:
        pictures.warm_up()
    except Exception:  # noqa: BLE001 a page that draws will meet the same and tell its reader
        _log.exception("绘图引擎未能预热 / the drawing engine could not be started ahead")
    seen: Path | None = None
    while True:
        try:
            reader = SnapshotReader(Home.from_environment())
            if reader.path != seen:
                first, seen = seen is None, reader.path
                for ask_again in () if first else queries.asked_lately():
                    try:
                        ask_again(reader)
                    except Exception:  # noqa: BLE001 what has no answer here any more is for the page that asks
                        _log.info("一个预先查询没有答案 / a question has no answer in the new snapshot", exc_info=True)
                    pause.wait(_PAUSE)
                _set_aside()
        except NothingPublished:
            pass
        except Exception:  # noqa: BLE001 a snapshot that cannot be read is told by the pages
            _log.exception("预先查询失败 / asking ahead failed")
        pause.wait(_LOOKS_EVERY)


def _set_aside() -> None:
    """Take what stays (imports, answers) out of the collection of garbage, which else looks through all of it and holds
    every session up for a tenth of a second. What was set aside before and is garbage by now is collected first."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
