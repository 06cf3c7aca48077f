"""What holds for all tests: on the build machine a test whose service or browser is missing has failed, not skipped.

Belongs here: hooks of the whole test run. Does not belong here: fixtures (tests/conftest.py).
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import pytest

# Marker -> the variable with which `.ci/run` says that what the marker needs is there.
REQUIRED = {"service": "DISTRICT_REQUIRE_SERVICES", "browser": "DISTRICT_REQUIRE_BROWSER"}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where the environment promises what the test needs."""
    report = yield
    if not report.skipped or hasattr(report, "wasxfail"):
        return report
    for marker, variable in REQUIRED.items():
        if item.get_closest_marker(marker) and os.environ.get(variable) == "1":
            report.outcome = "failed"
            report.longrepr = f"{variable}=1, but the test was skipped: {report.longrepr}"
    return report
