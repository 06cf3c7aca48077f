"""The catalogue of faults, found as modules of `kinds/`.

Belongs here: discovery. Does not belong here: any fault.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

import sources.simulator.faults.kinds as package
from sources.simulator.faults.fault import Fault


@cache
def catalogue() -> Mapping[str, Fault]:
    """All faults by id, in the order of their ids: each module of `kinds/` has a tuple `FAULTS`."""
    found: dict[str, Fault] = {}
    for module in pkgutil.iter_modules(package.__path__):
        for fault in importlib.import_module(f"{package.__name__}.{module.name}").FAULTS:
            if fault.id in found:
                raise ValueError(f"fault {fault.id} is there twice")
            found[fault.id] = fault
    return dict(sorted(found.items()))
