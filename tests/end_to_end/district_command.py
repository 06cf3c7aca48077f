"""The `district` command as a process of its own, in an environment that is the test's alone.

Belongs here: starting it in a clean environment, killing it. Does not belong here: what a test expects.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

AS_OF = "2023-06-30"
# The small district: one department for each way in (files, an API, a database, archives), so that a run stays short.
SMALL = [
    part
    for feed in ("ecommerce_gmv", "education_base", "hospital_interconnect", "parking")
    for part in ("--feed", feed)
]


def environment(home: Path, **more: str) -> dict[str, str]:
    """The process environment without anything of ours, then `DISTRICT_HOME` and `more`.

    Nor is our environment's folder of programs on its PATH, as when it was never activated: a command that is found
    only in an activated one works for its author and for nobody else.
    """
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("DISTRICT_", "DAGSTER_", "DBT_"))
    }
    ours = str(Path(sys.executable).parent)
    path = os.pathsep.join(folder for folder in os.environ.get("PATH", "").split(os.pathsep) if folder != ours)
    return {**clean, "PATH": path, "DISTRICT_HOME": str(home), "DISTRICT_LANG": "en", **more}


def command(*arguments: str) -> list[str]:
    """The command line of `district`."""
    return [sys.executable, "-m", "orchestration.cli.main", *arguments]


def district(
    home: Path, *arguments: str, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run it to its end; output is text."""
    return subprocess.run(
        command(*arguments), env=environment(home, **(variables or {})), capture_output=True, text=True, check=False
    )


def kill_at(home: Path, words: str, *arguments: str) -> None:
    """Run it and send SIGKILL to it and its children as soon as a line with `words` is printed.

    Raises AssertionError with the whole output when it ends before.
    """
    running = subprocess.Popen(
        command(*arguments),
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # its own group, so that dbt's processes die with it
    )
    assert running.stdout is not None
    said = []
    with running:
        for line in running.stdout:
            said.append(line)
            if words in line:
                os.killpg(running.pid, signal.SIGKILL)
                return
    raise AssertionError(f"it ended with {running.returncode} before it printed {words!r}:\n{''.join(said)}")
