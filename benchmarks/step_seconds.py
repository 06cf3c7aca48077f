"""Seconds by step of a hand-written script that is measured as a whole: which of its parts take the time.

Does not belong here: the platform's own steps (`sources/step_times.py`), for the scripts use nothing of it.
"""

from __future__ import annotations

from collections import Counter
from time import perf_counter


class StepSeconds:
    """Counts what passes, step by step, from the moment it is made."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._last = perf_counter()

    def after(self, step: str) -> None:
        """Count the seconds since the last step as those of `step`."""
        now = perf_counter()
        self.seconds[step] += now - self._last
        self._last = now

    def rounded(self) -> dict[str, float]:
        """Seconds by step, to a tenth."""
        return {step: round(seconds, 1) for step, seconds in self.seconds.items()}
