"""Fixtures that every test may use: an own home and its ledger.

Does not belong here: anything that only one room's tests need.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from warehouse.home import Home
from warehouse.ledger import Ledger

# Tests run beside others on few cores: how long one example took says nothing. pytest-timeout ends what hangs.
settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A prepared home of this test alone; the environment names it too, and no other store or feeds."""
    monkeypatch.setenv("DISTRICT_HOME", str(tmp_path / "home"))
    for variable in ("DISTRICT_OPS_URL", "DISTRICT_FEEDS", "DISTRICT_NOW", "DISTRICT_UNSIGNED"):
        monkeypatch.delenv(variable, raising=False)
    return Home.from_environment().prepare()


@pytest.fixture
def ledger(home: Home) -> Iterator[Ledger]:
    """The ledger of `home` (SQLite)."""
    with Ledger.of(home) as opened:
        yield opened
