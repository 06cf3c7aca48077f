"""Debian's Chromium, headless: where it is and how it is started, for tests and benchmarks that need a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = Path("/usr/bin/chromium")
# No sandbox: tests run in containers as root. The rest keeps the browser from calling home or needing a display.
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def settled(page: Page, content: str = ".dm-header, .dm-wall") -> None:
    """Wait until `content` is there, the page is drawn to its end and its own script answers clicks: before that a
    click is lost, or loads the page anew."""
    page.wait_for_selector(content)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    page.wait_for_selector('html[data-script="ready"]', state="attached")
