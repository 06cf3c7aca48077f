"""Fixtures of orchestration's tests: the tiny feed and a Dagster instance of their own home."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from orchestration.instance import prepare_instance
from sources.contract.feed import Feed
from sources.contract.loading import load_feeds
from tests.orchestration.tiny_feed import write_tiny_feed
from warehouse.home import Home

ENVIRONMENT = (
    "DAGSTER_HOME",
    "DBT_TARGET_PATH",
    "DBT_LOG_PATH",
    "DBT_PROFILES_DIR",
    "PATH",
    "DAGSTER_DISABLE_TELEMETRY",
)


@pytest.fixture
def dagster_home(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The home with its DAGSTER_HOME; what `prepare_instance` sets in the environment is undone after the test."""
    for name in ENVIRONMENT:
        monkeypatch.setenv(name, os.environ.get(name, ""))  # monkeypatch now remembers what to go back to
    monkeypatch.delenv("DAGSTER_HOME")
    prepare_instance(home)
    return home


@pytest.fixture
def instance(dagster_home: Home) -> Iterator[dg.DagsterInstance]:
    """Dagster's instance of the home."""
    with dg.DagsterInstance.get() as opened:
        yield opened


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    """The folder that the tiny feed reads."""
    return tmp_path / "drop"


@pytest.fixture
def tiny(tmp_path: Path, drop: Path) -> Feed:
    """The tiny feed, loaded."""
    return load_feeds([write_tiny_feed(tmp_path / "feeds", drop)])["tiny"]
