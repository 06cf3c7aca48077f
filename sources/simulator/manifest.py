"""The marker file of a departments folder: that it is simulated, from which seed, and over which range.

Belongs here: reading, checking and writing `manifest.json`. Does not belong here: the deliveries.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

_NAME = "manifest.json"


class SimulationRefused(ValueError):
    """The departments folder cannot take this simulation; the text says why and what to do, in Chinese and English."""


@dataclass(frozen=True)
class Manifest:
    """What a departments folder holds. Days are district-local; `files` counts the files written by the last call."""

    seed: int
    start: date
    end: date
    scale: float
    feeds: tuple[str, ...]
    files: int = 0
    simulated: bool = True

    def write(self, folder: Path) -> None:
        """Write the marker file (without the count of files, so that it does not depend on how often one simulated)."""
        values = {name: value for name, value in asdict(self).items() if name != "files"}
        text = json.dumps(values, default=date.isoformat, ensure_ascii=False, indent=2)
        unfinished = folder / f"{_NAME}.part"
        unfinished.write_text(text + "\n", encoding="utf-8")
        unfinished.replace(folder / _NAME)

    def extending(self, folder: Path) -> Manifest:
        """This simulation together with what `folder` holds; raises SimulationRefused when they do not fit."""
        older = read_manifest(folder)
        if older is None:
            if folder.is_dir() and any(folder.iterdir()):
                raise SimulationRefused(
                    f"{folder} 不是模拟部门文件夹却已有文件；请换一个空文件夹。 / "
                    f"{folder} holds files that no simulation made; choose an empty folder."
                )
            return self
        if (older.seed, older.scale) != (self.seed, self.scale):
            raise SimulationRefused(
                f"{folder} 里是种子 {older.seed}、规模 {older.scale} 的模拟，与本次 {self.seed}、{self.scale} 不同；"
                "请换文件夹或清空。 / "
                f"{folder} holds seed {older.seed}, scale {older.scale}, not {self.seed}, {self.scale}; "
                "choose another folder or empty it."
            )
        return replace(
            self,
            start=min(older.start, self.start),
            end=max(older.end, self.end),
            feeds=tuple(sorted({*older.feeds, *self.feeds})),
        )


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of `folder`; None when there is none. Raises SimulationRefused when it cannot be read."""
    path = folder / _NAME
    if not path.is_file():
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return Manifest(
            seed=int(values["seed"]),
            start=date.fromisoformat(values["start"]),
            end=date.fromisoformat(values["end"]),
            scale=float(values["scale"]),
            feeds=tuple(values["feeds"]),
            simulated=bool(values["simulated"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise SimulationRefused(
            f"{path} 无法识别（{error}）；请删除整个文件夹后重新模拟。 / "
            f"{path} cannot be read ({error}); delete the folder and simulate again."
        ) from error
