"""How long each step of taking deliveries in took.

Belongs here: the stopwatch and the names of steps. Does not belong here: showing them (`orchestration/feeds.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import Literal

Step = Literal[
    "fetching",
    "landing and hashing",
    "opening",
    "reading and judging",
    "duplicates",
    "rejects",
    "writing and pseudonyms",
    "checks",
    "statistics",
    "history",
    "placing and hashing rows",
    "ledger",
]


class StepTimes:
    """Seconds of wall time by step. Batches are judged beside each other, so that all of them together are more than
    the time that passed."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def step(self, name: Step) -> Iterator[None]:
        """Count the time of the block, also when it raises."""
        started = perf_counter()
        try:
            yield
        finally:
            self.seconds[name] += perf_counter() - started

    def add(self, seconds: Mapping[str, float]) -> None:
        """Count what another stopwatch has."""
        for name, spent in seconds.items():
            self.seconds[name] += spent
