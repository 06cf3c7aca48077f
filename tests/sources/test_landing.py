"""Landing: the very bytes, under their hash, once, and nothing half."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.landing import land, landed_path, remove_unfinished
from warehouse.home import Home


@given(content=st.binary(max_size=3000))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_are_kept_under_their_hash(home: Home, content: bytes) -> None:
    source = home.workspace / "delivery"
    source.write_bytes(content)
    landed = land(home, source)
    assert landed.sha256 == hashlib.sha256(content).hexdigest()
    assert landed.bytes == len(content)
    assert landed.path == landed_path(home, landed.sha256) == home.landing / landed.sha256[:2] / landed.sha256
    assert landed.path.read_bytes() == content
    assert landed.path.stat().st_mode & 0o777 == 0o600
    assert source.read_bytes() == content


def test_the_same_bytes_again_change_nothing(home: Home) -> None:
    source = home.workspace / "delivery"
    source.write_bytes(b"x" * 5000)
    first = land(home, source)
    before = first.path.stat()
    assert land(home, source) == first
    assert first.path.stat().st_mtime_ns == before.st_mtime_ns
    assert [file for file in home.landing.rglob("*") if file.is_file()] == [first.path]


def test_a_failure_leaves_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    source = home.workspace / "delivery"
    source.write_bytes(b"x")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        land(home, source)
    assert list(home.landing.rglob("*")) == []


def test_what_a_kill_left_is_removed(home: Home) -> None:
    half = home.landing / ".incoming-abc"
    half.write_bytes(b"half")
    source = home.workspace / "delivery"
    source.write_bytes(b"whole")
    landed = land(home, source)
    remove_unfinished(home)
    assert not half.exists()
    assert landed.path.read_bytes() == b"whole"


def test_a_missing_file_raises(home: Home, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        land(home, tmp_path / "nothing")
