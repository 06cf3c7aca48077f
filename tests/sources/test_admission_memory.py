"""Memory stays within a stated bound whatever is delivered; `benchmarks/big_csv.py` shows it for a large file."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from warehouse.home import REPOSITORY

pytestmark = pytest.mark.slow

# What the issue grants a file of 2 GB; DuckDB's own limit in admission is 1 GB.
BOUND_MB = 1536


def test_deliveries_built_to_fill_memory_are_held_within_the_bound() -> None:
    child = subprocess.run(
        [sys.executable, "-m", "tests.sources.hostile_deliveries"],
        cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert child.returncode == 0, child.stderr[-2000:]
    outcomes = [json.loads(line) for line in child.stdout.splitlines()]
    assert len(outcomes) == 13
    for name, status, reason, rejected, peak_mb in outcomes:
        assert name == "a clean one first" or rejected or (status == "held" and "请" in reason), (name, status, reason)
        assert peak_mb < BOUND_MB, (name, peak_mb)
