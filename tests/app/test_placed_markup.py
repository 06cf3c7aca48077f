"""Markup, which the page's script places: nothing of it is lost, and nothing in it runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.app.chromium import settled
from tests.app.serving import serve_script

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

_NOTE_WHAT_IS_PLACED = """
window.placed = [];
const place = Element.prototype.setHTML;
Element.prototype.setHTML = function (markup, options) {
  place.call(this, markup, options);
  const sent = document.createElement('div');
  sent.innerHTML = markup;
  window.placed.push({ length: markup.length, same: sent.innerHTML === this.innerHTML });
};
"""
_SHOWS_HOSTILE = """
from markupsafe import Markup
from app.components.links import page_script
from app.components.markup import placing, put
with placing("hostile") as places:
    put(Markup('''<div class="hostile">
<p class="kept" style="color: red" data-kind="note" aria-label="kept">shown</p>
<img src="x" onerror="window.hacked = true"><script>window.hacked = true</script>
<a href=" java\tscript:window.hacked = true">link</a><b title="data: kept">note</b>
<iframe srcdoc="x"></iframe></div>'''))
page_script(places)
"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh browser profile with one tab."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(30_000)
    yield opened
    context.close()


@pytest.mark.parametrize("address", ["?supporting=1&operational=1", "indicator", "freshness"])
def test_what_was_sent_is_what_is_placed(page: Page, app_address: str, address: str) -> None:
    page.add_init_script(_NOTE_WHAT_IS_PLACED)
    page.goto(f"{app_address}/{address}")
    settled(page)
    placed = page.evaluate("window.placed")
    assert placed
    assert all(one["same"] for one in placed)
    assert len(placed) == page.locator(".dm-placed").count() > 1
    assert page.locator(".dm-placed:empty").count() == 0


def test_another_page_fills_its_own_places(page: Page, app_address: str) -> None:
    page.add_init_script(_NOTE_WHAT_IS_PLACED)
    page.goto(f"{app_address}/freshness")
    settled(page)
    page.evaluate("window.placed = []")
    page.locator(".dm-header .switch a", has_text="English").click()
    page.locator(".dm-header [aria-current]", has_text="English").wait_for()
    settled(page)
    assert len(page.evaluate("window.placed")) == page.locator(".dm-placed").count()  # each once
    page.evaluate("window.placed = []")
    page.get_by_test_id("stTopNavLink").first.click()
    page.locator("h1.title").wait_for()  # the overview's alone
    settled(page)
    assert len(page.evaluate("window.placed")) == page.locator(".dm-placed").count()


@pytest.mark.parametrize("cleaner", ["setHTML", "older browser"])
def test_nothing_in_placed_markup_runs(page: Page, tmp_path: Path, cleaner: str) -> None:
    script = tmp_path / "hostile.py"
    script.write_text(_SHOWS_HOSTILE, "utf-8")
    if cleaner == "older browser":
        page.add_init_script("delete Element.prototype.setHTML")
    with serve_script(script, tmp_path, {}) as address:
        page.goto(address)
        kept = page.locator(".hostile .kept")
        kept.wait_for()
        assert kept.get_attribute("style") == "color: red"
        assert kept.get_attribute("data-kind") == "note"
        assert page.locator('.hostile [title="data: kept"]').count() == 1
        assert page.locator(".hostile :is(script, iframe, [onerror], [href])").count() == 0
        assert page.evaluate("window.hacked") is None
