"""The layers of the dbt project in the order in which they build, and where dbt keeps its artifacts.

Belongs here: names and paths. Does not belong here: dbt or Dagster.
"""

from __future__ import annotations

from pathlib import Path

from warehouse.home import Home

LAYERS = ("staging", "conformed", "indicators", "marts")


def manifest_path(home: Home) -> Path:
    """The manifest of the whole project. One target folder serves parsing and all layers: dbt then parses once."""
    return home.dbt_target / "manifest.json"


def parsed_project(home: Home) -> Path:
    """The parsed project as dbt itself keeps it, for processes that build without parsing."""
    return home.dbt_target / "manifest.msgpack"


def run_results(home: Home) -> Path:
    """What dbt found in the layer that it built last."""
    return home.dbt_target / "run_results.json"


def build_log(home: Home) -> Path:
    """What dbt said during the last `district run`."""
    return home.dbt_target / "build.log"
