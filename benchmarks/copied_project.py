"""The project in a folder of its own, with every feed and every indicator several times under other names.

Belongs here: copying and renaming. Does not belong here: measuring (`goals/many_definitions.py`).
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from warehouse.home import REPOSITORY

# What is needed to load definitions and to parse the dbt project.
_KEPT = ("orchestration", "dbt_project", "sources", "warehouse", "profiles.yml", "pyproject.toml")
_LEFT = shutil.ignore_patterns("__pycache__", "home", "target", "logs")


def copy_project(folder: Path, times: int) -> tuple[int, int]:
    """Copies the project to `folder` and multiplies it; gives the numbers of feeds and of indicators."""
    folder.mkdir(parents=True)
    for name in _KEPT:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=_LEFT)
        else:
            shutil.copyfile(source, folder / name)
    feeds = sorted(path.parent for path in (folder / "sources" / "feeds").glob("*/contract.odcs.yaml"))
    indicators = sorted((folder / "dbt_project" / "models" / "indicators").rglob("ind_*.yml"))
    for number in range(2, times + 1):
        for feed in feeds:
            _copy_feed(folder, feed.name, f"{feed.name}{number}")
        for definition in indicators:
            _copy_indicator(definition, number)
    return len(feeds) * times, len(indicators) * times


def _copy_feed(folder: Path, name: str, other: str) -> None:
    """A feed is its contract and its staging models; its name stands alone or between underscores."""
    word = re.compile(rf"(?<![A-Za-z0-9]){name}(?=__|\b)")
    for parent in (folder / "sources" / "feeds", folder / "dbt_project" / "models" / "staging"):
        for file in sorted((parent / name).glob("*.*")):
            if file.suffix in {".yaml", ".yml", ".sql", ".py"}:
                target = parent / other / word.sub(other, file.name)
                target.parent.mkdir(exist_ok=True)
                target.write_text(word.sub(other, file.read_text("utf-8")), "utf-8")


def _copy_indicator(definition: Path, number: int) -> None:
    """An indicator is a model, its definition and the lock of its formula; only its name and code change."""
    prefix, name = definition.stem.split("__", 1)
    other = f"{prefix}x{number}"
    for suffix in (".yml", ".sql", ".lock"):
        file = definition.with_suffix(suffix)
        if file.exists():
            text = file.read_text("utf-8").replace(f"{prefix}__", f"{other}__")
            text = re.sub(r'(\bcode: "[A-Z]+\d+)', rf"\1X{number}", text)
            file.with_name(f"{other}__{name}{suffix}").write_text(text, "utf-8")
