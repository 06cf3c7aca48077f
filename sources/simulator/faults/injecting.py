"""Putting faults into a departments folder.

Belongs here: which faults, in which order, the manifest. Does not belong here: what a fault changes (`kinds/`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sources.simulator.faults.catalogue import catalogue
from sources.simulator.faults.deliveries import Deliveries, NoDelivery
from sources.simulator.faults.fault import MANIFEST, FaultManifest, Injection
from sources.simulator.manifest import SimulationRefused, read_manifest

DEFAULT_FAULT_SEED = 35


def kinds_given(texts: Sequence[str]) -> list[str] | None:
    """`F05,F06` and repeated options as a list; None for `all`."""
    kinds = [kind.strip().upper() for text in texts for kind in text.split(",") if kind.strip()]
    return None if "ALL" in kinds or not kinds else kinds


def inject(
    folder: Path, *, kinds: Sequence[str] | None = None, seed: int = DEFAULT_FAULT_SEED, places: int = 1
) -> FaultManifest:
    """Put each of `kinds` (None: all) up to `places` times into the deliveries of `folder`; write `faults.json`.

    The same seed and deliveries give the same bytes. Raises SimulationRefused for an unknown kind, when the folder is
    no clean simulation, and when its days hold no delivery that suits a kind.
    """
    simulation = read_manifest(folder)
    if simulation is None or (folder / MANIFEST).exists():
        raise SimulationRefused(
            f"{folder} 不是干净的模拟交付（没有 manifest.json，或已注入故障）；请换一个空文件夹重新模拟。 / "
            f"{folder} holds no clean simulation (no manifest.json, or faults already); simulate into an empty folder."
        )
    known = catalogue()
    chosen = list(known) if kinds is None else list(dict.fromkeys(kinds))
    unknown = sorted(set(chosen) - set(known))
    if unknown:
        raise SimulationRefused(
            f"没有故障 {'、'.join(unknown)}；可用：{'、'.join(known)}，或 all。 / "
            f"No fault {', '.join(unknown)}; there are {', '.join(known)}, or all."
        )
    deliveries = Deliveries(folder, simulation, seed)
    injections: list[Injection] = []
    for turn in range(places):
        for kind in sorted(chosen, key=lambda kind: known[kind].turn):
            try:
                injections += known[kind].inject(deliveries)
            except NoDelivery as error:
                if turn == 0:
                    raise SimulationRefused(str(error)) from error
    treatments = {kind: known[kind].treatment for kind in chosen}
    manifest = FaultManifest(
        seed, tuple(sorted(injections, key=lambda one: (one.fault, one.feed, one.file))), treatments
    )
    manifest.write(folder)
    return manifest
