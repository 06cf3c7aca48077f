"""Trends that were fitted before, by the figures they continue: fitting is most of what publishing takes.

Belongs here: the file of earlier answers, and when one of them still holds. Does not belong here: fitting (`trend.py`,
which is imported only when there is something to fit). Decision 61.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Trend:
    """A trend continued: one entry a step, in the series' units; `lower`, `upper` bound the range of `level`.

    `error` is the back-test's mean absolute error in the series' units, None where the history is too short for one;
    `compared` is how many forecasts it compared.
    """

    method: str
    values: list[float]
    lower: list[float]
    upper: list[float]
    error: float | None
    compared: int


class RememberedTrends:
    """Answers of `trend.continue_trend`, kept in `file`: read when it is there and whole. Without one, nothing is."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._before = _read(file)
        self._asked: dict[str, Any] = {}

    def continue_trend(self, series: Sequence[float | None], steps: int, *, level: float) -> Trend:
        """See `trend.continue_trend`; answered from memory where the figures agree to ten digits, as a fit rounds too.

        Raises what it raises.
        """
        figures = [None if value is None else f"{value:.10g}" for value in series]
        key = sha256(json.dumps([_method(), figures, steps, level]).encode()).hexdigest()
        try:
            trend = Trend(**self._before[key])
        except (KeyError, TypeError):
            from warehouse.publish.trend import continue_trend  # statsmodels is slow to import: only who fits waits

            trend = continue_trend(series, steps, level=level)
        self._asked[key] = asdict(trend)
        return trend

    def keep(self) -> None:
        """Write what was asked for since the start, and nothing else."""
        if self._file is None or self._asked.keys() == self._before.keys():
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps(self._asked, separators=(",", ":")), encoding="utf-8")
        part.replace(self._file)


@cache
def _method() -> str:
    """What an answer depends on besides the figures: our code, and the versions of the libraries that fit."""
    libraries = [f"{name}={version(name)}" for name in ("statsmodels", "scipy", "numpy")]
    code = Path(__file__).with_name("trend.py").read_bytes()
    return sha256("\n".join(libraries).encode() + code).hexdigest()


def _read(file: Path | None) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8")) if file is not None else {}
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
