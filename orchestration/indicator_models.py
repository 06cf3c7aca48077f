"""The list of indicator models that the observation mart unites: `python -m orchestration.indicator_models`.

dbt resolves ref() before it knows its own graph, so a model cannot discover its inputs by itself: the names are written
into a macro from the files found. Every run writes it before dbt parses; the file is not kept in the repository, and a
build by dbt's own command refuses when it is out of date, naming this command. Does not belong here: definitions (they
stand in the YAML beside each model).
"""

from __future__ import annotations

import os
from pathlib import Path

from warehouse.home import REPOSITORY

_PROJECT = REPOSITORY / "dbt_project"
_TARGET = Path("macros") / "_generated__indicator_models.sql"


def render(project: Path = _PROJECT) -> str:
    """The macro, for every `models/indicators/**/ind_*.sql` of `project`, in order of their names."""
    names = sorted(path.stem for path in (project / "models" / "indicators").rglob("ind_*.sql"))
    listed = "\n".join(f"    '{name}'," for name in names)
    return (
        "{# Written by `python -m orchestration.indicator_models` from the files found; do not edit. #}\n"
        "{% macro indicator_models() %}{{ return([\n" + listed + "\n]) }}{% endmacro %}\n"
    )


def write(project: Path = _PROJECT) -> bool:
    """Write the macro when it changed, whole at once: others may be parsing; returns whether it did."""
    target = project / _TARGET
    text = render(project)
    if target.exists() and target.read_text(encoding="utf-8") == text:
        return False
    unfinished = target.with_name(f"{target.name}.{os.getpid()}.part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(target)
    return True


if __name__ == "__main__":
    write()
