"""Pages beside a one-line page of Streamlit in the same browser: everything drawn, and the answer to a click."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import median
from benchmarks.pages import clicks, plan_snapshot, stopwatch
from benchmarks.result import Result
from tests.app.chromium import CHROMIUM, CHROMIUM_FLAGS
from tests.app.serving import serve, serve_script
from warehouse.home import Home

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# A plain page of ten queries and four charts was seen at 1.6 and 2.8 with everything cached, at 2.6 and 6.6 without.
TARGET_DRAWN, TARGET_RERUN = 1.5, 2.0
# A round takes some 25 s: seven pages with two clicks each, and the one-line page before each of them.
ROUNDS, QUICK_ROUNDS = 3, 1
_DRAWN = "drawn"
Times = dict[str, float]
# What the renderer did for an answer: by click, by kind (stopwatch.RendererWork).
Work = dict[str, dict[str, float]]


def measure(work: Path, *, quick: bool) -> Iterator[Result]:
    """Two results. Each page is divided by the one-line page measured right before it; the worst page counts."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        yield from _not_measured("playwright is not installed: run make setup-dev")
        return
    if not CHROMIUM.exists():
        yield from _not_measured(f"there is no {CHROMIUM}: install chromium")
        return
    home = Home(work / "home")
    snapshot_id = plan_snapshot.build(home)
    floor_script = work / "one_line.py"
    floor_script.write_text(clicks.FLOOR_SCRIPT, "utf-8")
    with (
        serve(home) as app,
        serve_script(floor_script, work, {}) as one_line,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
        first = {name: _visit(browser, app, visited) for name, visited in clicks.PAGES.items()}
        _visit(browser, one_line, clicks.FLOOR)
        rounds = [_round(browser, app, one_line) for _ in range(QUICK_ROUNDS if quick else ROUNDS)]
        work_of = {}
        if not quick:
            work_of = {name: _work(browser, app, visited) for name, visited in clicks.PAGES.items()}
            work_of["one-line page"] = _work(browser, one_line, clicks.FLOOR)
        browser.close()
    size = plan_snapshot.size(home.published / f"{snapshot_id}.duckdb")
    first_ms = {name: {step: round(ms) for step, ms in times.items()} for name, times in first.items()}
    yield _result("everything drawn in a new session", TARGET_DRAWN, rounds, {"rows": size, "first_visit_ms": first_ms})
    yield _result("the answer to a click", TARGET_RERUN, rounds, {"renderer_ms": work_of})


def _round(browser: Browser, app: str, one_line: str) -> dict[str, tuple[Times, Times]]:
    """For each page the one-line page's times and its own, in milliseconds."""
    return {
        name: (_visit(browser, one_line, clicks.FLOOR), _visit(browser, app, visited))
        for name, visited in clicks.PAGES.items()
    }


def _visit(browser: Browser, base: str, visited: clicks.Visited) -> Times:
    """A new session in a fresh profile, and then the clicks."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        page = context.new_page()
        stopwatch.watch(page)
        times = {_DRAWN: stopwatch.drawn(page, f"{base}/{visited.address}")}
        for name, click in visited.clicks.items():
            click.before(page)
            times[name] = stopwatch.rerun(page, click.target(page), click.then)
        return times
    finally:
        context.close()


def _work(browser: Browser, base: str, visited: clicks.Visited) -> Work:
    """The renderer's milliseconds for each click: where the time of an answer goes that the server does not take."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        page = context.new_page()
        stopwatch.watch(page)
        stopwatch.drawn(page, f"{base}/{visited.address}")
        found: Work = {}
        for name, click in visited.clicks.items():
            click.before(page)
            counters = stopwatch.RendererWork(page)
            stopwatch.rerun(page, click.target(page), click.then)
            found[name] = {kind: round(ms) for kind, ms in counters.milliseconds().items()}
        return found
    finally:
        context.close()


def _result(
    what: str, target: float, rounds: Sequence[Mapping[str, tuple[Times, Times]]], detail: Mapping[str, Any]
) -> Result:
    drawn = target == TARGET_DRAWN
    ratios: dict[str, list[float]] = {}
    milliseconds: dict[str, list[float]] = {}
    for one in rounds:
        for name, (floor, own) in one.items():
            of_floor = floor[_DRAWN] if drawn else floor["toggle"]
            for step, ms in own.items():
                if (step == _DRAWN) == drawn:
                    key = name if drawn else f"{name}: {step}"
                    ratios.setdefault(key, []).append(ms / of_floor)
                    milliseconds.setdefault(key, []).append(ms)
                    milliseconds.setdefault("one-line page", []).append(of_floor)
    worst = max(ratios, key=lambda key: median(ratios[key]))
    return Result(
        f"pages: {what}, beside a one-line page of Streamlit (the slowest page counts)",
        median(ratios[worst]),
        target,
        {
            "spread": (min(ratios[worst]), max(ratios[worst])),
            "slowest": worst,
            "ratios": {
                key: {"median": round(median(found), 2), "spread": [round(min(found), 2), round(max(found), 2)]}
                for key, found in ratios.items()
            },
            "median_ms": {key: round(median(found)) for key, found in milliseconds.items()},
            **detail,
        },
    )


def _not_measured(reason: str) -> Iterator[Result]:
    for what, target in (("everything drawn", TARGET_DRAWN), ("the answer to a click", TARGET_RERUN)):
        yield Result(f"pages: {what}", None, target, {"reason": reason})
