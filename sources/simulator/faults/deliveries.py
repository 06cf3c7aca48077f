"""The deliveries of a departments folder as faults change them, and what the department sends afterwards.

Belongs here: choosing deliveries, replacing their bytes with the time of delivery kept, laying a correction ready.
Does not belong here: what a fault changes (`kinds/`), formats (`spreadsheet.py`, `front_end.py`).
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from sources.simulator.district import ZONE
from sources.simulator.faults.front_end import add, exchange
from sources.simulator.manifest import Manifest

CORRECTIONS = "corrections"
_ROWS = ".rows.json"


class NoDelivery(LookupError):
    """The simulated days hold no delivery that suits the fault; the text says which in Chinese and English."""


@dataclass
class Deliveries:
    """A departments folder while faults are put into it. Choices depend on the seed and the fault alone.

    A delivery is taken by one fault only, so that what is found of it has one cause. What is corrected later lies under
    `corrections/` at the path at which the department sends it; `send_corrections` sends it.
    """

    folder: Path
    simulation: Manifest
    seed: int
    taken: set[Path] = field(default_factory=set)
    shared: dict[Path, set[str]] = field(default_factory=dict)
    """Deliveries with faults of single cells, which one delivery may have of several kinds: its parts."""
    rows: dict[Path, set[int]] = field(default_factory=dict)
    clean: dict[Path, bytes] = field(default_factory=dict)
    """The bytes of the deliveries that were taken, before any fault."""

    def chance(self, purpose: str) -> np.random.Generator:
        """The generator for `purpose` (a fault's id): the same whatever other faults are injected."""
        return np.random.Generator(np.random.PCG64([self.seed, zlib.crc32(purpose.encode())]))

    def take(
        self, purpose: str, pattern: str, *, last: bool = False, fits: Callable[[Path], bool] = lambda path: True
    ) -> Path:
        """A delivery that matches `pattern` (relative to the folder) and is not taken yet; `last`: the newest.

        Raises NoDelivery.
        """
        free = [path for path in sorted(self.folder.glob(pattern)) if path not in self.taken]
        if not last:
            free = [free[i] for i in self.chance(purpose).permutation(len(free))]
        for path in reversed(free) if last else free:
            if fits(path):
                self.taken.add(path)
                self.clean[path] = path.read_bytes()
                return path
        raise NoDelivery(
            f"模拟期内没有适合 {purpose} 的交付（{pattern}）；请延长模拟期。 / "
            f"no delivery of the simulated days suits {purpose} ({pattern}); simulate more days."
        )

    def share(
        self,
        purpose: str,
        pattern: str,
        part: str,
        *,
        fits: Callable[[Path], bool] = lambda path: True,
        kinds: int | None = None,
    ) -> Path:
        """A delivery that may carry several faults, at most `kinds`, each in another `part` (a column, a kind of row).

        Raises NoDelivery.
        """
        for path in sorted(self.folder.glob(pattern), reverse=True):
            others = self.shared.get(path)
            if others is not None and part not in others and (kinds is None or len(others) < kinds):
                others.add(part)
                return path
        path = self.take(purpose, pattern, fits=fits)
        self.shared[path] = {part}
        return path

    def places(self, path: Path, purpose: str, candidates: Sequence[int], count: int) -> list[int]:
        """`count` of the rows `candidates` which no other fault of this delivery has, ascending; raises NoDelivery."""
        used = self.rows.setdefault(path, set())
        free = [candidates[n] for n in self.chance(purpose).permutation(len(candidates)) if candidates[n] not in used]
        if len(free) < count:
            raise NoDelivery(
                f"{path.name} 没有足够的行可放 {purpose}。 / {path.name} has too few rows left for {purpose}."
            )
        used.update(free[:count])
        return sorted(free[:count])

    def replace(self, path: Path, content: bytes, *, resent_as: Path | None = None) -> None:
        """Give a delivery other bytes; the clean ones become what the department sends later, as `resent_as`."""
        self.correct_with(resent_as or path, self.clean[path])
        overwrite(path, content)

    def withhold(self, path: Path) -> None:
        """Take a delivery away; the department sends it later."""
        self.correct_with(path, self.clean[path])
        path.unlink()

    def correct_with(self, path: Path, content: bytes) -> None:
        """Lay ready what the department sends afterwards at `path`."""
        ready = self.folder / CORRECTIONS / path.relative_to(self.folder)
        if ready.exists():
            return  # the clean bytes lie there already: an earlier fault of the same delivery put them
        ready.parent.mkdir(parents=True, exist_ok=True)
        ready.write_bytes(content)

    def correct_rows(self, database: Path, table: str, rows: Sequence[dict[str, Any]]) -> None:
        """Lay ready rows that the department exchanges afterwards through a front-end database."""
        ready = self.folder / CORRECTIONS / database.relative_to(self.folder)
        ready = ready.with_name(ready.name + _ROWS)
        ready.parent.mkdir(parents=True, exist_ok=True)
        known = json.loads(ready.read_text(encoding="utf-8")) if ready.exists() else []
        text = json.dumps([*known, *({"table": table, "row": row} for row in rows)], ensure_ascii=False, indent=1)
        ready.write_text(text + "\n", encoding="utf-8")


def overwrite(path: Path, content: bytes, *, delivered_at: datetime | None = None) -> None:
    """Write `content`, delivered when the file there was, or at `delivered_at` (aware)."""
    moment = path.stat().st_mtime if delivered_at is None else delivered_at.timestamp()
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_bytes(content)
    os.utime(unfinished, (moment, moment))
    unfinished.replace(path)


def next_sequence(path: Path) -> Path:
    """The name under which a department sends a numbered delivery again: `..._1.xlsx` becomes `..._2.xlsx`."""
    stem, _, number = path.stem.rpartition("_")
    return path.with_name(f"{stem}_{int(number) + 1}{path.suffix}")


def send_corrections(folder: Path, delivered_at: datetime) -> Sequence[str]:
    """Send what departments correct: every file under `corrections/` at its place, delivered at `delivered_at` (aware).

    Gives the paths, relative to `folder`. What has been sent is not there any more, so a second call sends nothing.
    """
    ready = folder / CORRECTIONS
    sent = []
    for number, file in enumerate(sorted(path for path in ready.rglob("*") if path.is_file())):
        target = folder / file.relative_to(ready)
        sent_at = delivered_at + timedelta(seconds=number)
        if file.name.endswith(_ROWS):
            _exchange(target.with_name(target.name.removesuffix(_ROWS)), file, sent_at)
            sent.append(target.relative_to(folder).as_posix())
            continue
        moment = sent_at.timestamp()
        os.utime(file, (moment, moment))
        target.parent.mkdir(parents=True, exist_ok=True)
        file.replace(target)
        sent.append(target.relative_to(folder).as_posix())
    if ready.is_dir():
        shutil.rmtree(ready)
    return sent


def _exchange(database: Path, file: Path, sent_at: datetime) -> None:
    local = sent_at.astimezone(ZONE)
    moment = {"cd_time": f"{local:%Y-%m-%d %H:%M:%S}", "cd_batch": f"{local:%Y%m%d%H}"}
    with exchange(database) as connection:
        for item in json.loads(file.read_text(encoding="utf-8")):
            add(connection, item["table"], item["row"] | moment)
