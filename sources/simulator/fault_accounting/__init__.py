"""Injected faults against what the platform reports of them, kind by kind.

`observe` reads what a home says of its deliveries (ledger, raw rows); `account` compares a home with faults with the
home of the clean deliveries. Neither looks into a delivery: what was injected comes from `faults.json` alone, what was
found from the platform alone. Does not belong here: injecting (`sources/simulator/faults/`).
"""

from sources.simulator.fault_accounting.accounting import Accounts, Line, account
from sources.simulator.fault_accounting.observing import Observation, observe
from sources.simulator.fault_accounting.rows import RowLoss, lost_rows

__all__ = ["Accounts", "Line", "Observation", "RowLoss", "account", "lost_rows", "observe"]
