"""What a benchmark says: a goal, what was measured, and the detail it rests on; the table and the file of all of them.

Belongs here: the record, `results/latest.json` and `results/latest.md`. Does not belong here: measuring (`measure.py`,
`goals/`).
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"
# Whose speed is measured.
_PACKAGES = ("duckdb", "dagster", "dagster-dbt", "dbt-core", "dbt-duckdb", "soda-core", "streamlit", "pyarrow")

_MET = {True: "yes", False: "no", None: "shown only"}


@dataclass(frozen=True)
class Result:
    """One goal. `measured` and `target` are ratios unless the goal's words say otherwise; smaller is better.

    A `target` of None: there is no goal, the figure is shown beside the others and is neither met nor missed.

    `measured` is the median of the rounds in `detail`; None when it could not be measured, which `detail["reason"]`
    explains and which is not a goal met.
    """

    goal: str
    measured: float | None
    target: float | None
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None where none is set."""
        if self.target is None:
            return None
        return self.measured is not None and self.measured <= self.target

    def as_json(self) -> dict[str, Any]:
        """`goal, measured, target, met`, then the detail."""
        measured = None if self.measured is None else round(self.measured, 3)
        return {"goal": self.goal, "measured": measured, "target": self.target, "met": self.met, **self.detail}


def machine() -> str:
    """Kind of machine, cores and memory in one line."""
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{platform.machine()}, {os.cpu_count()} cores, {gigabytes:.0f} GiB, Python {platform.python_version()}"


def versions() -> dict[str, str]:
    """Versions of the packages whose speed counts."""
    return {name: metadata.version(name) for name in _PACKAGES}


def table(results: Sequence[Result]) -> str:
    """All results as a Markdown table with machine, versions and moment."""
    lines = [
        f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {machine()}.",
        "",
        ", ".join(f"{name} {version}" for name, version in versions().items()),
        "",
        "| goal | measured | spread | target | met |",
        "|---|---:|---:|---:|---|",
    ]
    for result in results:
        measured = "not measured" if result.measured is None else f"{result.measured:.2f}"
        low_high = result.detail.get("spread")
        spread = f"{low_high[0]:.2f}-{low_high[1]:.2f}" if low_high else ""
        target = "" if result.target is None else f"{result.target:g}"
        met = "–" if result.measured is None else _MET[result.met]
        lines.append(f"| {result.goal} | {measured} | {spread} | {target} | {met} |")
    return "\n".join(lines) + "\n"


def write(results: Sequence[Result]) -> None:
    """Write `latest.json` (a list) and `latest.md`."""
    RESULTS.mkdir(exist_ok=True)
    rows = [result.as_json() for result in results]
    (RESULTS / "latest.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", "utf-8")
    (RESULTS / "latest.md").write_text(table(results), "utf-8")
