"""How long a page takes until it is drawn: measured inside the browser, the same way for every page.

A page is drawn when its script has ended and its document has not changed for a while; what is taken is the moment of
the last change, by the page's own clock: from the beginning of the navigation for a new session, from the click for a
rerun. Does not belong here: which pages and which clicks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

# Charts that load their library late stand still for less than this on a machine with other work.
_QUIET_MS: Final = 400
_TIMEOUT_MS: Final = 60_000

_WATCH: Final = """
(() => {
  const state = window.__stopwatch = {last: 0, clicked: 0};
  const changed = () => { state.last = performance.now(); };
  new MutationObserver(changed).observe(
    document, {childList: true, subtree: true, characterData: true, attributes: true});
  document.addEventListener('pointerdown', () => { state.clicked = performance.now(); }, true);
})();
"""
_DRAWN: Final = """
([quiet, reruns]) => {
  const app = document.querySelector('[data-testid="stApp"]');
  const state = window.__stopwatch;
  return !!app && app.dataset.testScriptState === 'notRunning'
    && !!document.querySelector('[data-testid="stMain"] [data-testid="stElementContainer"]')
    && !document.querySelector('[data-stale="true"], [data-testid="stSkeleton"]')
    && (!reruns || state.last > state.clicked) && performance.now() - state.last > quiet;
}
"""


# What the page's thread did, of Chromium's own counters; the rest of an answer is the server, the wire and waiting.
_WORK: Final = {
    "TaskDuration": "all",
    "ScriptDuration": "script",
    "LayoutDuration": "layout",
    "RecalcStyleDuration": "style",
}


class RendererWork:
    """Milliseconds of work of the page's thread since it was made, by kind."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable")
        self._before = self._counters()

    def milliseconds(self) -> dict[str, float]:
        """By kind: all, script, layout, style (the first holds the others)."""
        return {kind: (seconds - self._before[kind]) * 1000 for kind, seconds in self._counters().items()}

    def _counters(self) -> dict[str, float]:
        found = self._session.send("Performance.getMetrics")["metrics"]
        return {_WORK[one["name"]]: one["value"] for one in found if one["name"] in _WORK}


def watch(page: Page) -> None:
    """Put the stopwatch into every document that the tab opens from now on."""
    page.add_init_script(_WATCH)


def drawn(page: Page, address: str) -> float:
    """Milliseconds from the start of the navigation to `address` until everything is drawn."""
    page.goto(address, wait_until="commit")
    return _last_change(page, reruns=False)


def rerun(page: Page, what: Locator, then: str) -> float:
    """Milliseconds from a click on `what` until everything is drawn; `then`: an expression, true from then on."""
    what.click()
    page.wait_for_function(then, timeout=_TIMEOUT_MS, polling=20)
    return _last_change(page, reruns=True)


def _last_change(page: Page, *, reruns: bool) -> float:
    page.wait_for_function(_DRAWN, arg=[_QUIET_MS, reruns], timeout=_TIMEOUT_MS, polling=50)
    state: dict[str, float] = page.evaluate("window.__stopwatch")
    return state["last"] - (state["clicked"] if reruns else 0.0)
