"""Random generators that depend on the seed and on what they are for, never on the order or range of a simulation.

Belongs here: deriving generators. Does not belong here: any distribution of any department.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date

import numpy as np


@dataclass(frozen=True)
class Chance:
    """The seed of a simulated district. Two chances with one seed give the same numbers on every machine."""

    seed: int

    def of(self, purpose: str, day: date | None = None) -> np.random.Generator:
        """The generator for `purpose`, for one day if given: extending a range leaves older days as they were."""
        key = [self.seed, zlib.crc32(purpose.encode()), day.toordinal() if day else 0]
        # PCG64 seeded by SeedSequence is stable across NumPy releases and platforms (NEP 19).
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))
