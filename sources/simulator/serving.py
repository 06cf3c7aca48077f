"""The department systems of a home, reachable while a run lasts.

Belongs here: starting every department's servers, telling their addresses. Does not belong here: any protocol
(`departments/` and what stands behind it).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sources.simulator.simulation import departments
from warehouse.home import Home


@contextmanager
def serve_departments(home: Home) -> Iterator[dict[str, str]]:
    """Serve the simulated departments of `home` while the context lasts; yields the variables that were set.

    Sets `DISTRICT_DEPARTMENTS` and what each department's `serve` names, for this process, each only when it is not set
    already: a real system named by the environment is left alone.
    """
    with ExitStack() as stack:
        wanted = {"DISTRICT_DEPARTMENTS": str(home.departments)}
        for feed, department in departments().items():
            if department.serve is not None:
                wanted |= stack.enter_context(department.serve(home.departments / feed))
        names = {name: value for name, value in wanted.items() if not os.environ.get(name)}
        os.environ.update(names)
        try:
            yield names
        finally:
            for name in names:
                os.environ.pop(name, None)
