"""Running a page in Streamlit's test runner and reading what it says."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from pathlib import Path

from streamlit import config
from streamlit.testing.v1 import AppTest

from app.words.catalogue import CATALOGUE

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"
PAGES = (
    "overview",
    "plan",
    "indicator",
    "quality",
    "freshness",
    "evidence",
    "batch",
    "owner",
    "impact",
    "data",
    "wall",
)
_TIMEOUT = 60  # seconds; a page takes well under one, a loaded test machine more

# The test runner does not read the settings beside the script; see there why these are off.
for option in ("runner.magicEnabled", "runner.postScriptGC"):
    config.set_option(option, False)


def open_page(page: str, /, **query: str) -> AppTest:
    """The page after one run, reached as a browser reaches it: by address, through main.py."""
    test = AppTest.from_file(str(MAIN), default_timeout=_TIMEOUT)
    if page != "overview":
        test.switch_page(f"views/{page}.py")
    for name, value in query.items():
        test.query_params[name] = value
    return test.run()


def markup(page: AppTest) -> str:
    """All of the page's own HTML in its order, the style sheet left out."""
    bodies = [str(element.proto.body) for element in page.get("html")]
    places: dict[str, str] = {}
    for script in page.get("bidi_component"):
        places |= json.loads(script.proto.bytes)
    return "\n".join(_placed(body, places) for body in bodies if not body.startswith("<style>"))


def _placed(body: str, places: Mapping[str, str]) -> str:
    """Markup travels by place; that of a fragment goes its own way."""
    found = re.fullmatch(r'\s*<div class="dm-placed" data-place="([^"]*)"></div>\s*', body)
    return places[found.group(1)] if found else body


def text(page: AppTest) -> str:
    """The page's own HTML as a reader sees it: no tags, white space folded."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup(page)))).strip()


def problems(page: AppTest) -> list[str]:
    """Exceptions that the page showed, with their traces; and the notice of a page that failed."""
    shown = [f"{element.message}\n" + "\n".join(element.stack_trace) for element in page.exception]
    return shown + [word for word in CATALOGUE["failed.title"] if word in text(page)]
