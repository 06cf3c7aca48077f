"""Whether the scripts that keep the platform's promises are measured too: what of the distance to the floor they are.

They say why a goal is not met, and are none themselves: three minutes more, so only `DISTRICT_BENCHMARK_PROMISES=1`.
Belongs here: running one of them, what is said of it. Does not belong here: what they do (`*_promises_script.py`).
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Measured, run
from benchmarks.result import Result


@dataclass(frozen=True)
class Promises:
    """What such a script took, and what it printed: how much it kept, its own seconds by step."""

    measured: Measured
    printed: Mapping[str, object]

    def as_json(self) -> dict[str, object]:
        """As the detail of a result shows it."""
        return {**self.measured.as_json(), **self.printed}


def run_promises(work: Path, script: str, *arguments: str) -> Promises | None:
    """`benchmarks.<script>` with these arguments and a folder of its own in `work`; None unless asked for."""
    if os.environ.get("DISTRICT_BENCHMARK_PROMISES") != "1":
        return None
    out, log = work / "promises", work / "log-promises"
    measured = run([sys.executable, "-m", f"{__package__}.{script}", *arguments, str(out)], {}, log)
    shutil.rmtree(out)
    return Promises(measured, json.loads(log.read_text("utf-8").splitlines()[-1]))


def results(what: str, floor: Measured, promises: Promises | None, ours: Measured) -> Iterator[Result]:
    """The promises beside the floor, and ours beside the promises; there is no goal for either."""
    if promises is not None:
        wall, detail = promises.measured.wall, {"promises": promises.as_json()}
        yield Result(f"{what}: wall time of a script that keeps the promises", wall / floor.wall, None, detail)
        yield Result(f"{what}: wall time beside a script that keeps the promises", ours.wall / wall, None, detail)
