"""Checks across deliveries and feeds on the built tables: `reconciled/*.yaml`, discovered.

Belongs here: reading the files strictly. Does not belong here: running them (`warehouse.publish.reconciliation`). The
district against the sum of its subdistricts is a check of figures (`published/`).

A check is laid on one entity (`feed`, `entity`): its owner has to look first. `compared` counts what both sides have,
so that where there is nothing on one side no result stands. `shown` names the columns of failing rows that everybody
may see, with their labels; other columns are masked (amounts of single enterprises, for one).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from warehouse.checks.outcome import CheckSpec
from warehouse.checks.published import check_of

FOLDER = Path(__file__).with_name("reconciled")
_OWN = ("feed", "entity", "table", "compared", "shown")


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One check of `table` (`schema.table`) of the build database, on behalf of an entity."""

    feed: str
    entity: str
    table: str
    compared: str
    shown: Mapping[str, tuple[str, str]]
    spec: CheckSpec


def reconciliations(folder: Path = FOLDER) -> list[Reconciliation]:
    """All of them; raises PublishedChecksError for unknown or missing keys."""
    found = []
    for path in sorted(folder.glob("*.yaml")):
        for place, entry in enumerate(yaml.safe_load(path.read_text(encoding="utf-8"))):
            found.append(_reconciliation(path, place, entry))
    return found


def _reconciliation(path: Path, place: int, entry: Mapping[str, Any]) -> Reconciliation:
    own: dict[str, Any] = {name: entry.get(name) for name in _OWN}
    spec = check_of(path, place, {name: value for name, value in entry.items() if name not in _OWN}, required=own)
    shown = {name: (str(labels[0]), str(labels[1])) for name, labels in own.pop("shown").items()}
    return Reconciliation(**own, shown=shown, spec=spec)
