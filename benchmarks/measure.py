"""Runs a command as a whole process and measures wall time, processor time and peak memory of its largest process."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """One run: seconds of wall and processor time, peak resident memory in MB of its largest process."""

    wall: float
    cpu: float
    peak_mb: float

    def as_json(self) -> dict[str, float]:
        """As the detail of a result shows it."""
        return {"wall_s": round(self.wall, 2), "cpu_s": round(self.cpu, 2), "peak_mb": round(self.peak_mb)}


class CommandFailed(RuntimeError):
    """What was to be measured ended with an error: there is nothing to compare."""


def run(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Measured:
    """Runs `command`; its output goes to `log`. Peak memory is of the direct child (Linux reports kB).

    Raises CommandFailed, with the end of the output, for any exit code but 0.
    """
    started = time.perf_counter()
    with log.open("ab") as output:
        child = subprocess.Popen(command, env={**os.environ, **environment}, stdout=output, stderr=output)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise CommandFailed(f"{' '.join(command)}: {child.returncode}\n{log.read_text('utf-8')[-4000:]}")
    return Measured(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def median(values: Sequence[float]) -> float:
    """Median; the spread is reported beside it by the caller."""
    return statistics.median(values)
