"""Dagster's own folder and the environment in which Dagster and dbt run.

Belongs here: `dagster.yaml` and the environment variables that both tools read. Importing this module is cheap: it
imports neither of them, so that the variables are set before they are imported. Does not belong here: definitions.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from warehouse.home import REPOSITORY, Home

# One writer: DuckDB's build file and the home have one writing run at a time, so runs queue up.
DAGSTER_YAML = """\
# Written by District Metrics (orchestration/instance.py) when the file is missing or differs; edit there.
telemetry:
  enabled: false
nux:
  enabled: false
storage:
  custom:                       # Dagster's own files; without opening them anew for each event
    module: orchestration.event_log
    class: KeptOpenStorage
    config: {base_dir: {env: DAGSTER_HOME}}
concurrency:
  runs:
    max_concurrent_runs: 1      # one run writes the home at a time
  pools:
    default_limit: 1            # every step that opens the build database is in one pool
run_monitoring:
  enabled: true                 # a run whose process died is marked as failed, not shown as running for ever
  start_timeout_seconds: 300    # importing dagster and dbt takes ten seconds and more on two busy cores
  poll_interval_seconds: 60
run_retries:
  enabled: false                # a red run says something about a delivery: trying again unchanged says it again
freshness:
  enabled: true
retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days: {skipped: 7, failure: 30, success: 90}
code_servers:
  local_startup_timeout: 300    # the first load parses the dbt project
"""


def prepare_instance(home: Home) -> Path:
    """Make the home's DAGSTER_HOME with our `dagster.yaml`, set the environment; returns the DAGSTER_HOME in force.

    `DAGSTER_HOME` that the operator has set wins, and its `dagster.yaml` is left alone.
    """
    home.prepare()
    set_environment(home)
    folder = Path(os.environ["DAGSTER_HOME"])
    if folder == home.dagster:
        config = folder / "dagster.yaml"
        if not config.exists() or config.read_text(encoding="utf-8") != DAGSTER_YAML:
            draft = config.with_suffix(f".{os.getpid()}.draft")
            draft.write_text(DAGSTER_YAML, encoding="utf-8")
            draft.replace(config)  # a webserver reading the file at this moment sees the old or the new one, whole
    return folder


def set_environment(home: Home) -> None:
    """Variables that Dagster, dbt and Soda read, for this process and its children; nothing reports home."""
    os.environ["DISTRICT_HOME"] = str(home.root)  # absolute: dbt runs in another working directory
    os.environ.setdefault("DAGSTER_HOME", str(home.dagster))
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "true"
    os.environ["SODA_CORE_TELEMETRY_ENABLED"] = "false"
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    os.environ["DBT_TARGET_PATH"] = str(home.dbt_target)
    os.environ["DBT_LOG_PATH"] = str(home.dbt_target)
    os.environ["DBT_PROFILES_DIR"] = str(REPOSITORY)
    programs = str(Path(sys.executable).parent)  # dagster-dbt looks for dbt on the path; ours lies beside Python
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join(filter(None, (programs, os.environ.get("PATH"))))
