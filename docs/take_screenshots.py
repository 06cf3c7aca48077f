"""Writes `docs/screenshots/`: the pages over the home of DISTRICT_HOME, in Debian's Chromium, as small PNGs.

Belongs here: which pages are kept as pictures, at which sizes. Run `python -m docs.take_screenshots` after
`make demo`, with the tools of tests installed.
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.app.chromium import CHROMIUM, CHROMIUM_FLAGS, settled
from tests.app.serving import serve
from warehouse.home import Home

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "screenshots"
DESK, PHONE = (1440, 900), (390, 844)
# File, address, size. The wall stays on one domain while its picture is taken.
PAGES = (
    ("overview", "", DESK),
    ("overview-phone", "", PHONE),
    ("plan", "plan", DESK),
    ("plan-phone", "plan", PHONE),
    ("indicator", "indicator?code=S14", DESK),
    ("indicator-phone", "indicator?code=S14", PHONE),
    ("indicator-print", "indicator?code=S14&print=1", (760, 1060)),
    ("wall", "wall?seconds=600", DESK),
    ("quality", "quality", DESK),
)
COLOURS = 256  # the most that a PNG palette has: states keep their tones, at half the bytes


def picture(browser: Browser, address: str, size: tuple[int, int]) -> bytes:
    """One page as PNG bytes, once its script has ended and its charts are drawn."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.goto(address)
    settled(page)
    page.wait_for_timeout(1_000)
    taken = page.screenshot()
    context.close()
    small = io.BytesIO()
    Image.open(io.BytesIO(taken)).convert("RGB").quantize(COLOURS).save(small, "PNG", optimize=True)
    return small.getvalue()


def main() -> None:
    """Serve the app, take the pictures, end the app."""
    with serve(Home.from_environment()) as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
        for name, address, size in PAGES:
            (PICTURES / f"{name}.png").write_bytes(picture(browser, f"{app}/{address}", size))
        browser.close()


if __name__ == "__main__":
    main()
