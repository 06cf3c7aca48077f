"""A small simulated district, made once a worker: four departments, three days, a twentieth of the volume."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.district_command import AS_OF, SMALL, district


@pytest.fixture(scope="session")
def small_departments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The deliveries of the small district."""
    folder = tmp_path_factory.mktemp("departments") / "departments"
    made = district(
        folder.parent,
        "simulate",
        "--out",
        str(folder),
        "--from",
        "2023-06-28",
        "--to",
        AS_OF,
        "--scale",
        "0.05",
        *SMALL,
    )
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="session")
def new_home(small_departments: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes a home of that name with its own copy of the deliveries, modification times kept."""

    def make(name: str) -> Path:
        home = tmp_path_factory.mktemp(name)
        shutil.copytree(small_departments, home / "departments", copy_function=shutil.copy2)
        return home

    return make


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[Path], Path]:
    """Makes a copy of a home that a test may change."""

    def copy(home: Path) -> Path:
        return Path(shutil.copytree(home, tmp_path / "home", symlinks=True, copy_function=shutil.copy2))

    return copy


@pytest.fixture(scope="session")
def undisturbed(new_home: Callable[[str], Path]) -> Path:
    """A home after one run that nothing disturbed."""
    home = new_home("undisturbed")
    ended = district(home, "run", "--as-of", AS_OF, *SMALL)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return home
