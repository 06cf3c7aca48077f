"""How long the steps of a `district run` took, as it says itself.

Belongs here: reading the lines of `orchestration/progress.py`. Does not belong here: measuring (`measure.py`).
"""

from __future__ import annotations

import re
from pathlib import Path

_STEP = re.compile(r"^✔ (?P<name>\S+) +(?P<seconds>[0-9.]+) s$", re.MULTILINE)
_PARTS = re.compile(r"(?P<name>[a-z][a-z ]+?) (?P<seconds>[0-9.]+) s(?=, |$)", re.MULTILINE)


def breakdown(log: Path) -> dict[str, float]:
    """Seconds of wall time of each step of the run, then of the parts of `pull_*`, which overlap: batches are judged
    beside each other."""
    text = log.read_text("utf-8")
    steps = {found["name"]: float(found["seconds"]) for found in _STEP.finditer(text)}
    parts = {
        f"part: {found['name']}": float(found["seconds"])
        for line in text.splitlines()
        if not line.startswith("✔") and "reading and judging" in line
        for found in _PARTS.finditer(line)
    }
    return {**steps, **parts}
