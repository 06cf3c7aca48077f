"""What a fault is: its catalogue entry, the traces the platform has to leave of it, and one record an injection.

Belongs here: the records, their JSON form. Does not belong here: any fault (`kinds/`), changing deliveries
(`deliveries.py`), looking for the traces (`sources/simulator/fault_accounting/`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sources.simulator.faults.deliveries import Deliveries

MANIFEST = "faults.json"

Treatment = Literal["flagged", "repaired", "rejected", "held", "superseded", "replayed", "retried", "parked"]
TREATMENTS: dict[Treatment, tuple[str, str]] = {
    "flagged": ("接收并标记", "accepted and flagged"),
    "repaired": ("修复并记录", "repaired, the repair recorded"),
    "rejected": ("拒收行", "row rejected"),
    "held": ("扣留批次", "batch held"),
    "superseded": ("被替代", "superseded"),
    "replayed": ("重放，不作处理", "replayed: no effect"),
    "retried": ("重试", "tried again"),
    "parked": ("挂起待维表到达", "parked until its register comes"),
}


@dataclass(frozen=True, order=True)
class Trace:
    """How the platform reports something: where to read it, and under which code.

    `kind`: `reject` (a reason code), `treatment` (a code of `batch_treatment`), `held` (a word of its English reason),
    `check` (a check's key, warned or failed), `superseded`, `replayed`, `deleted` (tombstones), `timeliness`
    (`late` or `missing`), `waiting` (rows parked until a register names them), `session` (stays of cars),
    `reconciled` (a check across deliveries), `published` (one of published tables). `*` as code matches any, `a|b`
    either.
    """

    kind: str
    code: str = "*"


@dataclass(frozen=True)
class Injection:
    """One fault put into one delivery.

    `file` is the name by which the batch is known (`batch.file_name`), `rows` how many rows, batches or answers carry
    the fault, `traces` what has to be found that many times (the first one), or may be found besides it (the others).
    `damaged` counts the clean rows that the fault destroys or takes along until the department corrects it; `places`
    shows where (a line, a cell, never a person's value).
    """

    fault: str
    feed: str
    entity: str
    file: str
    period: str
    rows: int
    traces: Sequence[Trace]
    damaged: int = 0
    places: Sequence[str] = ()


@dataclass(frozen=True)
class Fault:
    """An entry of the catalogue. `suits` names the feeds and entities into whose deliveries it is put."""

    id: str
    name_zh: str
    name_en: str
    treatment: Treatment
    suits: Sequence[str]
    inject: Callable[[Deliveries], Sequence[Injection]] = field(repr=False)
    turn: int = 1
    """Faults that need a certain delivery choose first (0), those that take any one last (2)."""


@dataclass(frozen=True)
class FaultManifest:
    """What was injected into a departments folder, with the seed of the choice of places."""

    seed: int
    injections: Sequence[Injection]
    treatments: dict[str, Treatment]

    def write(self, folder: Path) -> None:
        """Write `faults.json` beside the deliveries."""
        rows = [asdict(one) | {"treatment": self.treatments[one.fault]} for one in self.injections]
        text = json.dumps({"simulated": True, "seed": self.seed, "injections": rows}, ensure_ascii=False, indent=1)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> FaultManifest | None:
    """What `faults.json` of a departments folder says; None without one."""
    path = folder / MANIFEST
    if not path.is_file():
        return None
    document = json.loads(path.read_text(encoding="utf-8"))
    injections, treatments = [], {}
    for row in document["injections"]:
        treatments[row["fault"]] = row.pop("treatment")
        row["traces"] = tuple(Trace(**trace) for trace in row["traces"])
        injections.append(Injection(**row | {"places": tuple(row["places"])}))
    return FaultManifest(int(document["seed"]), tuple(injections), treatments)
