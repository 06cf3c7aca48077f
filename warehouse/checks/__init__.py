"""Checks of promises: what a check is, what it found, and the one module that runs them.

Belongs here: specifications, outcomes, running checks on a table (`soda.py`). Does not belong here: which checks hold
(feed contracts, `published/*.yaml`), what follows from an outcome (admission, publishing).
"""

from warehouse.checks.outcome import CheckOutcome, CheckSpec

__all__ = ["CheckOutcome", "CheckSpec"]
