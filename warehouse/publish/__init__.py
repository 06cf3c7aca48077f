"""Publishing: from the marts of the build database to an immutable snapshot that readers are switched to.

Belongs here: the public tables, the gate, revisions, writing and switching snapshots, comparing them.
Does not belong here: how a figure is computed (`dbt_project`), how pages read (`warehouse.read`).
"""

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
