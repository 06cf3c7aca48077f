"""Who may write the home now: one run at a time, across all steps of that run.

Belongs here: making the run lock re-entrant within one process, because a `district run` holds it over several Dagster
runs that each ask for it; letting readers go first while it is held. Does not belong here: the lock itself
(`warehouse.run_lock`).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.home import Home
from warehouse.run_lock import run_lock

# A ninth of the share of a process that draws pages, where both want the processor; on an idle machine nothing changes.
# Twenty readers during a full rebuild on two cores: benchmarks/goals/pages_during_rebuild.py (decision 67).
NICENESS = 10

_guard = threading.Lock()
_depth: dict[Path, int] = {}


@contextmanager
def writing(home: Home) -> Iterator[None]:
    """Hold the home for writing; no effect inside a block that holds it. Raises warehouse.run_lock.HomeIsBusy."""
    with _guard:
        nested = home.root in _depth
        if nested:
            _depth[home.root] += 1
    if nested:
        try:
            yield
        finally:
            with _guard:
                _depth[home.root] -= 1
        return
    with run_lock(home):
        _let_readers_first()
        with _guard:
            _depth[home.root] = 1
        try:
            yield
        finally:
            with _guard:
                del _depth[home.root]


def _let_readers_first() -> None:
    """For this thread and all that it starts from now on, to the end of the process: priority cannot be taken back."""
    if hasattr(os, "setpriority"):  # Windows has none
        os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
