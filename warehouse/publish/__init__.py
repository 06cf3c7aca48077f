"""Publishing: from the marts of the build database to an immutable snapshot that readers are switched to.

Belongs here: the public tables, the gate, revisions, writing and switching snapshots, comparing them.
Does not belong here: how a figure is computed (`dbt_project`), how pages read (`warehouse.read`).

What the package offers is imported when it is asked for: a run that publishes nothing pays for no forecast or lineage.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warehouse.publish.publishing import publish
    from warehouse.publish.recovery import repair, rollback
    from warehouse.publish.report import FigureChange, HeldIndicator, PublishRefused, PublishReport, Reason

__all__ = [
    "FigureChange",
    "HeldIndicator",
    "PublishRefused",
    "PublishReport",
    "Reason",
    "publish",
    "repair",
    "rollback",
]
_MODULES = {"publish": "publishing", "repair": "recovery", "rollback": "recovery"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'report')}"), name)
