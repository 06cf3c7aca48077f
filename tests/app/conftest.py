"""Homes to read and the app to run: published, half-filled, and served to a browser.

Does not belong here: what pages must show (the tests).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.app.chromium import CHROMIUM, CHROMIUM_FLAGS
from tests.app.serving import serve
from tests.app.snapshots import build_partly
from tests.snapshot_fixture import build_snapshot
from warehouse.home import Home

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Snapshots are immutable and pages only read: one home serves all tests of a worker.


@pytest.fixture(scope="session")
def _published(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("published") / "home")
    build_snapshot(home, number=1)
    build_snapshot(home, number=2)
    return home


@pytest.fixture
def published_home(_published: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with the small snapshot of tests/snapshot_fixture.py, in its second publication."""
    monkeypatch.setenv("DISTRICT_HOME", str(_published.root))
    return _published


@pytest.fixture(
    scope="session",
    params=[
        pytest.param((), id="nothing-but-the-snapshot-row"),
        pytest.param(("department", "subdistrict", "indicator"), id="definitions-alone"),
        pytest.param(("department", "feed", "batch"), id="feeds-without-freshness-checks-figures"),
        pytest.param(("indicator", "indicator_observation"), id="figures-without-feeds-lineage-evidence"),
        pytest.param(("batch", "check_result", "failed_row", "feed_freshness"), id="results-of-unknown-feeds"),
    ],
)
def _half_filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("half-filled") / "home")
    build_partly(home, tables=request.param)
    return home


@pytest.fixture
def half_filled_home(_half_filled: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home whose snapshot has rows in some tables alone."""
    monkeypatch.setenv("DISTRICT_HOME", str(_half_filled.root))
    return _half_filled


@pytest.fixture(scope="module")
def app_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app over the small snapshot, served on a free loopback port for the tests of a module."""
    home = Home(tmp_path_factory.mktemp("served") / "home")
    build_snapshot(home)
    with serve(home) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless. Absent: the test is skipped, or fails where DISTRICT_REQUIRE_BROWSER=1."""
    if not CHROMIUM.exists():
        if os.environ.get("DISTRICT_REQUIRE_BROWSER") == "1":
            pytest.fail(f"DISTRICT_REQUIRE_BROWSER=1, but there is no {CHROMIUM}; install chromium")
        pytest.skip(f"no {CHROMIUM}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
        yield opened
        opened.close()
