"""Runs a command as a whole process and measures wall time, processor time and peak memory of its largest process."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
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


# Linux counts into a process's peak what the process that started it had: a small one stands between.
_BETWEEN = """
import json, os, subprocess, sys, time
started = time.perf_counter()
child = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(child.pid, 0)
child.returncode = os.waitstatus_to_exitcode(status)
measured = (child.returncode, time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
os.write(int(sys.argv[1]), json.dumps(measured).encode())
"""


def run(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Measured:
    """Runs `command`; its output goes to `log`. Peak memory is of the command and the processes it waited for.

    Raises CommandFailed, with the end of the output, for any exit code but 0.
    """
    os.sync()  # writing what was laid down before belongs to nobody's time
    reader, writer = os.pipe()
    with log.open("ab") as output, os.fdopen(reader, "rb") as told:
        between = [sys.executable, "-I", "-S", "-c", _BETWEEN, str(writer), *command]
        subprocess.Popen(
            between, env={**os.environ, **environment}, stdout=output, stderr=output, pass_fds=(writer,)
        ).wait()
        os.close(writer)
        answer = told.read()
    exit_code, wall, cpu, peak_mb = json.loads(answer) if answer else (-1, 0.0, 0.0, 0.0)
    if exit_code:
        raise CommandFailed(f"{' '.join(command)}: {exit_code}\n{log.read_text('utf-8')[-4000:]}")
    return Measured(wall, cpu, peak_mb)


def median(values: Sequence[float]) -> float:
    """Median; the spread is reported beside it by the caller."""
    return statistics.median(values)
