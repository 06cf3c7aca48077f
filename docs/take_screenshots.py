"""Writes `docs/screenshots/`: the pages over the home of DISTRICT_HOME, in Debian's Chromium, as small PNGs.

Belongs here: which pages are kept as pictures, at which sizes. Run `python docs/take_screenshots.py` after
`make demo`, with the tools of tests installed.
"""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "screenshots"
CHROMIUM = Path("/usr/bin/chromium")
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
STARTS_WITHIN = 60  # seconds
COLOURS = 256  # the most that a PNG palette has: states keep their tones, at half the bytes


def picture(browser: Browser, address: str, size: tuple[int, int]) -> bytes:
    """One page as PNG bytes, once its script has ended and its charts are drawn."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector(".dm-header, .dm-wall")
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    page.wait_for_timeout(1_000)
    taken = page.screenshot()
    context.close()
    small = io.BytesIO()
    Image.open(io.BytesIO(taken)).convert("RGB").quantize(COLOURS).save(small, "PNG", optimize=True)
    return small.getvalue()


def main() -> None:
    """Serve the app on a free loopback port, take the pictures, end the app."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    served = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app" / "main.py"), "--server.port", str(port)]
    app = subprocess.Popen(served, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL)
    try:
        wait_until_up(f"http://127.0.0.1:{port}/_stcore/health")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            for name, address, size in PAGES:
                (PICTURES / f"{name}.png").write_bytes(picture(browser, f"http://127.0.0.1:{port}/{address}", size))
            browser.close()
    finally:
        app.terminate()
        app.wait(timeout=20)


def wait_until_up(health: str) -> None:
    """Return once the app answers; TimeoutError when it does not."""
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(health, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"the app did not start in {STARTS_WITHIN} s")


if __name__ == "__main__":
    main()
