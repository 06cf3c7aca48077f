"""Running dbt on a home.

Belongs here: `build`, quick, inside this process with a manifest parsed once; `dbt`, any command, in a process of its
own as engineers run it. Does not belong here: what is built.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from orchestration import indicator_models
from warehouse.home import REPOSITORY, Home

PROJECT = REPOSITORY / "dbt_project"
indicator_models.write(PROJECT)  # as every run does before dbt parses
AS_OF = "2023-06-30"


def dbt(
    home: Home, command: str, *arguments: str, select: Sequence[str] = (), project: Path = PROJECT
) -> subprocess.CompletedProcess[str]:
    """`dbt <command>` with the home's database and target folder; the caller looks at the exit code."""
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from dbt.cli.main import cli; cli()",
            *_command(home, command, select, project),
            *_variables(AS_OF),
            *arguments,
        ],
        cwd=REPOSITORY,
        env=os.environ | {"DISTRICT_HOME": str(home.root)},
        capture_output=True,
        text=True,
        check=False,
    )


def build(
    home: Home,
    *select: str,
    full_refresh: bool = False,
    tests: Sequence[str] = (),
    as_of: str = AS_OF,
    variables: Mapping[str, object] | None = None,
) -> None:
    """Build seeds and models, with data tests ('test') or unit tests ('unit_test') if asked; fails with dbt's words."""
    kinds = ("model", "seed", *tests)
    arguments = [part for kind in kinds for part in ("--resource-type", kind)]
    arguments += _variables(as_of, variables)
    done = _invoke(
        home, "build", select, *arguments, *(["--full-refresh"] if full_refresh else []), manifest=_manifest(home)
    )
    results = done.result.results if isinstance(done.result, RunExecutionResult) else ()
    failed = [f"{result.node.name}: {result.message}" for result in results if result.status in ("error", "fail")]
    assert done.success, failed or done.exception


_parsed: list[Manifest] = []  # once a test process: parsing takes longer than building a few small models


def graph(home: Home) -> Mapping[str, Any]:
    """dbt's parsed project as `manifest.json` has it."""
    _manifest(home)
    graph: Mapping[str, Any] = json.loads(
        json.dumps(_parsed[0].writable_manifest().to_dict(omit_none=False), default=str)
    )
    return graph


def _manifest(home: Home) -> Manifest:
    if not _parsed:
        done = _invoke(home, "parse", (), *_variables(AS_OF))
        assert done.success, done.exception
        assert isinstance(done.result, Manifest)
        _parsed.append(done.result)
    return _parsed[0]


def _invoke(
    home: Home, command: str, select: Sequence[str], *arguments: str, manifest: Manifest | None = None
) -> dbtRunnerResult:
    with mock.patch.dict(os.environ, {"DISTRICT_HOME": str(home.root)}):
        try:
            return dbtRunner(manifest=manifest).invoke(
                [*_command(home, command, select, PROJECT), "--quiet", *arguments]
            )
        finally:
            # the adapter keeps the database open for the process; others want to read it
            DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def _variables(as_of: str, variables: Mapping[str, object] | None = None) -> list[str]:
    return ["--vars", json.dumps({"as_of": as_of} | dict(variables or {}))]


def _command(home: Home, command: str, select: Sequence[str], project: Path) -> list[str]:
    return [
        *(command, "--project-dir", str(project), "--profiles-dir", str(REPOSITORY)),
        *("--target-path", str(home.dbt_target), "--log-path", str(home.dbt_target), "--no-use-colors"),
        *(["--select", *select] if select else []),
    ]
