"""The rooms keep to the table of docs/architecture.md: who may import whom."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# What each room must never pull in, not even through others: run in a fresh interpreter.
FORBIDDEN_AT_RUN_TIME = {
    "sources.contract.loading": {"dagster", "dbt", "streamlit", "soda_core"},
    "sources.intake": {"dagster", "dbt", "streamlit"},
    "warehouse.read": {"dagster", "dbt", "streamlit", "soda_core", "sqlalchemy"},
    "orchestration.cli.main": {"dagster", "dbt", "duckdb", "pyarrow", "soda_core", "sqlalchemy", "streamlit"},
    "orchestration.cli.status": {"dagster", "dbt", "soda_core", "streamlit", "pandas"},
}


def test_imports_go_one_way() -> None:
    result = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-4000:]
    assert " 0 broken" in result.stdout


@pytest.mark.parametrize("module", FORBIDDEN_AT_RUN_TIME)
def test_a_room_does_not_load_what_is_not_its_business(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert loaded.returncode == 0, loaded.stderr[-4000:]
    assert not FORBIDDEN_AT_RUN_TIME[module] & set(loaded.stdout.split())
