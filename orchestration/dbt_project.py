"""The dbt project as dbt has parsed it: once for an installation, whatever home it then builds.

Belongs here: where a parsed project is kept, and when it is parsed again. Does not belong here: parsing and building
(`dbt_program.py`), the assets (`transform.py`).

Parsing takes as long as a small build; a parsed project names no home and serves any (docs/decisions/0060).
`make setup` parses (`setting_up.py`).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagster_dbt import DbtProject
from filelock import FileLock

from orchestration import build_state, dbt_program, indicator_models
from orchestration.layers import manifest_path, parsed_project
from orchestration.variables import installation_variables
from warehouse.home import REPOSITORY, Home

KEPT = dbt_program.PROJECT / "target" / "parsed"
"""Of this installation: `<fingerprint>/`, the newest ones."""
# Installations with other variables, and a version back and forth while one works on it.
_MOST_KEPT = 8


def prepared_project(home: Home) -> tuple[DbtProject, Mapping[str, Any]]:
    """The dbt project and its manifest; parsed again only when a file of the project has changed."""
    project = DbtProject(project_dir=dbt_program.PROJECT, target_path=home.dbt_target, profiles_dir=REPOSITORY)
    mark = home.dbt_target / "manifest.fingerprint"
    indicator_models.write()
    fingerprint = build_state.code_fingerprint()
    with FileLock(home.dbt_target / "manifest.lock"):  # Dagster's pages and daemon load the definitions side by side
        known = mark.read_text(encoding="utf-8") if mark.exists() else None
        manifest = dbt_program.read_manifest(home) if known == fingerprint else None
        if manifest is None:
            mark.unlink(missing_ok=True)
            _take(home, fingerprint)
            manifest = dbt_program.read_manifest(home)
        if manifest is None:
            dbt_program.parse(home, fingerprint, installation_variables())
            manifest = dbt_program.read_manifest(home)
            if manifest is None:
                raise dbt_program.DbtFailed(f"dbt wrote no manifest to {home.dbt_target}")
            _keep(home, fingerprint)
        mark.write_text(fingerprint, encoding="utf-8")
    return project, manifest


def _files(home: Home) -> tuple[Path, ...]:
    return manifest_path(home), parsed_project(home)


def _take(home: Home, fingerprint: str) -> None:
    """Copy what another home of this installation was parsed for; without it, the home has none afterwards."""
    for file in _files(home):
        file.unlink(missing_ok=True)
    for file in _files(home):
        try:
            shutil.copyfile(KEPT / fingerprint / file.name, file)
        except OSError:  # none is kept, or somebody is just removing it
            return


def _keep(home: Home, fingerprint: str) -> None:
    """Keep it for the next home; an installation that may not be written to goes without."""
    try:
        KEPT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=KEPT) as folder:
            draft = Path(folder) / fingerprint
            draft.mkdir()
            for file in _files(home):
                shutil.copyfile(file, draft / file.name)
            os.replace(draft, KEPT / fingerprint)
        for old in sorted(KEPT.iterdir(), key=lambda kept: kept.stat().st_mtime)[:-_MOST_KEPT]:
            shutil.rmtree(old, ignore_errors=True)
    except OSError:  # also when another process has kept the same first
        return
