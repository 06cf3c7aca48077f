"""How far two numbers may be apart and still be the same number.

Belongs here: the one tolerance. Does not belong here: comparing.
"""

from __future__ import annotations

from typing import Final

# Parallel sums of floating-point numbers differ in the last digits from run to run; figures are printed to far fewer.
RELATIVE_TOLERANCE: Final = 1e-9
