"""How tests are run: a skipped service or browser test is a failure on the build machine, groups stay together."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

pytest_plugins = ["pytester"]
ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("marker", "variable", "value", "outcome"),
    [
        ("service", "DISTRICT_REQUIRE_SERVICES", "1", {"failed": 1}),
        ("browser", "DISTRICT_REQUIRE_BROWSER", "1", {"failed": 1}),
        ("service", "DISTRICT_REQUIRE_BROWSER", "1", {"skipped": 1}),
        ("service", "DISTRICT_REQUIRE_SERVICES", "", {"skipped": 1}),
        ("integration", "DISTRICT_REQUIRE_SERVICES", "1", {"skipped": 1}),
    ],
)
def test_a_skip_is_a_failure_where_the_environment_promises_what_the_test_needs(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    marker: str,
    variable: str,
    value: str,
    outcome: dict[str, int],
) -> None:
    for name in ("DISTRICT_REQUIRE_SERVICES", "DISTRICT_REQUIRE_BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)
    shutil.copy(ROOT / "conftest.py", pytester.path / "conftest.py")
    pytester.makepyfile(f"import pytest\n@pytest.mark.{marker}\ndef test_it(): pytest.skip('no server here')\n")
    pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:xdist").assert_outcomes(**outcome)


def test_the_tests_of_a_group_run_on_one_worker(pytester: pytest.Pytester) -> None:
    """What a group shares is made once: a district that each worker makes for itself costs minutes."""
    pytester.makepyfile("""
        import os, pytest
        @pytest.mark.xdist_group("shared")
        @pytest.mark.parametrize("number", range(6))
        def test_it(number):
            with open("workers", "a") as file:
                file.write(os.environ["PYTEST_XDIST_WORKER"] + "\\n")
    """)
    pytester.runpytest_subprocess("-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider").assert_outcomes(passed=6)
    assert len(set((pytester.path / "workers").read_text(encoding="utf-8").split())) == 1
