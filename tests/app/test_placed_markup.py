"""Large markup, which the page's script places: nothing of it is lost, and nothing in it runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.app.chromium import settled

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
_HOSTILE = """
<p class="kept" style="color: red" data-kind="note" aria-label="kept">shown</p>
<img src="x" onerror="window.hacked = true"><script>window.hacked = true</script>
<a href="javascript:window.hacked = true">link</a><iframe srcdoc="x"></iframe>
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
    assert all(one["same"] and one["length"] >= 10_000 for one in placed)
    assert page.locator(".dm-placed").count() >= 1
    assert page.locator(".dm-placed:empty, .dm-placed[data-markup]").count() == 0


def test_nothing_in_placed_markup_runs(page: Page, app_address: str) -> None:
    page.goto(app_address)
    settled(page)
    page.evaluate(
        """markup => {
          const frame = document.createElement('div');
          frame.className = 'dm-placed hostile';
          frame.dataset.markup = markup;
          document.body.append(frame);
        }""",
        _HOSTILE,
    )
    kept = page.locator(".hostile .kept")
    kept.wait_for()
    assert kept.get_attribute("style") == "color: red"
    assert kept.get_attribute("data-kind") == "note"
    assert page.locator(".hostile :is(script, iframe, [onerror], [href])").count() == 0
    assert page.evaluate("window.hacked") is None
